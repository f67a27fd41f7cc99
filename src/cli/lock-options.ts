import { Option } from '@commander-js/extra-typings';
import type { LockMode } from '../app/stack/solve-stack.ts';

/** Fails when binfarm.lock does not match the stack. */
export const lockedOption = new Option(
  '--locked',
  'fail if binfarm.lock does not match the stack and the recipes',
).conflicts('frozen');

/** Uses binfarm.lock without a look at the stack. */
export const frozenOption = new Option('--frozen', 'use binfarm.lock as it is');

/** Solves without a look at what there is. */
export const freshOption = new Option(
  '--fresh',
  'choose as if there were neither binfarm.lock nor any package',
).conflicts(['locked', 'frozen']);

/** Fails instead of waiting for another process. */
export const noWaitOption = new Option('--no-wait', 'fail at once when another process is at work on the farm');

/** Takes what nobody vouches for; there is no setting for it, so that it is typed each time. */
export const insecureOption = new Option(
  '--insecure',
  'also what no trusted key has signed; it is told each time, and remembered',
);

/** How the options say that the lock is to be treated. */
export function lockModeOf(options: {
  readonly locked?: true | undefined;
  readonly frozen?: true | undefined;
}): LockMode {
  if (options.locked) return 'locked';
  return options.frozen ? 'frozen' : 'update';
}

/** Collects the values of an option that can be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
