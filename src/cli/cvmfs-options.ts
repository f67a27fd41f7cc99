import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { timeNow } from '../app/cvmfs/cvmfs-time.ts';
import type { CommandContext } from './command-context.ts';

/** The repository that a command is about. */
export const repositoryOption = new Option('-r, --repository <dir>', 'the folder of the repository').default(
  '.',
  'this folder',
);

/** Where the repository's keys are. */
export const keysOption = new Option(
  '--keys <dir>',
  'the folder of its keys (default: where they were when it was made)',
);

/** Fails instead of waiting for another publisher. */
export const noWaitForRepositoryOption = new Option('--no-wait', 'fail at once when somebody else is publishing');

/** Where the keys of repositories are kept where nobody names a folder: in the user's own configuration. */
export function usualKeysFolder({ io }: CommandContext): string {
  const base = io.environment.XDG_CONFIG_HOME;
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), '.config'), 'binfarm/cvmfs');
}

/** A folder and keys as use cases take them. */
export function repositoryOf(
  folder: string,
  keys: string | undefined,
  { io }: CommandContext,
): { readonly folder: string; readonly keys?: string } {
  return { folder: resolve(io.folder, folder), ...(keys === undefined ? {} : { keys: resolve(io.folder, keys) }) };
}

/** What every change of a repository is told. */
export function changeOf(
  options: { readonly repository: string; readonly keys?: string | undefined; readonly wait: boolean },
  dryRun: boolean,
  context: CommandContext,
) {
  const time = timeNow(context.io.environment);
  return { ...repositoryOf(options.repository, options.keys, context), wait: options.wait, dryRun, time };
}
