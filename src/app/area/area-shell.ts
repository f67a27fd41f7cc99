import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { areaLayoutOf } from '../../area/area-layout.ts';
import { readActiveGeneration } from '../../area/generation.ts';
import { FarmError } from '../../core/farm-error.ts';

/** Shells that set-up scripts exist for. */
export const shellFamilies = ['sh', 'csh', 'fish'] as const;

/** A family of shells that read the same scripts. */
export type ShellFamily = (typeof shellFamilies)[number];

/** The line that a user's own shell has to read to have an area's software: `eval` it.
 * @throws AREA_INVALID when nothing is installed there */
export async function activationLine(request: {
  readonly prefix: string;
  readonly family: ShellFamily;
}): Promise<string> {
  const { root } = await activeArea(request.prefix);
  const quoted = quoteForShell(join(root, `setup.${request.family}`));
  return request.family === 'sh' ? `. ${quoted}` : `source ${quoted}`;
}

/** A word in quotes that sh, csh and fish read alike, but for a `!` in csh. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The family of a shell by its path: bash, zsh, dash and ksh read sh. */
export function familyOfShell(shell: string | undefined): ShellFamily {
  const name = shell?.split('/').at(-1) ?? '';
  if (name === 'fish') return 'fish';
  return /csh$/.test(name) ? 'csh' : 'sh';
}

/** Runs a command, or the user's shell, with an area's software set up, and gives its exit code.
 * @throws AREA_INVALID when nothing is installed there */
export async function runInArea(request: {
  readonly prefix: string;
  readonly command: readonly string[];
}): Promise<{ readonly exitCode: number }> {
  const { root } = await activeArea(request.prefix);
  const command = request.command.length > 0 ? request.command : [process.env.SHELL ?? '/bin/sh'];
  const child = spawn('/bin/sh', ['-c', '. "$0"; exec "$@"', join(root, 'setup.sh'), ...command], { stdio: 'inherit' });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { exitCode: code ?? (signal === null ? 1 : 128) };
}

async function activeArea(prefix: string): Promise<{ root: string }> {
  const layout = areaLayoutOf(resolve(prefix));
  if ((await readActiveGeneration(layout)) !== undefined) return layout;
  throw new FarmError('AREA_INVALID', `Cannot use the software in "${layout.root}": nothing is installed there`, {
    hint: `binfarm install --prefix ${layout.root}`,
  });
}
