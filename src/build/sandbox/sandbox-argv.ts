import type { Base } from '../base/base.ts';

/** A folder or file of the machine that is seen inside. */
export interface SandboxMount {
  readonly from: string;
  readonly to: string;
  readonly writable: boolean;
}

/** What a program in the sandbox sees. */
export interface Sandbox {
  readonly base: Base;
  /** The machine's folder that is `/work` inside; it holds `source`, `build`, `home` and `tmp`. */
  readonly work: string;
  /** The folder below which packages are mounted; nothing else is there, and it cannot be written itself. */
  readonly storeTop: string;
  readonly packages: readonly SandboxMount[];
  /** The folder of binfarm's own programs, seen as `/binfarm-tools`. */
  readonly tools: string;
}

/** Where things are inside. */
export const insidePaths = {
  source: '/work/source',
  build: '/work/build',
  home: '/work/home',
  tools: '/binfarm-tools',
} as const;

/** The command line of bubblewrap for a program in a sandbox: no network, own processes and host name, an ordinary user, and nothing writable but /work, /tmp and the mounts that say so. */
export function sandboxArgv(sandbox: Sandbox, cwd: string, argv: readonly string[]): string[] {
  const mounts = sandbox.packages.flatMap(({ from, to, writable }) => [writable ? '--bind' : '--ro-bind', from, to]);
  return [
    'bwrap',
    ...['--unshare-all', '--unshare-user', '--uid', '1000', '--gid', '1000', '--cap-drop', 'ALL'],
    ...['--hostname', 'binfarm', '--die-with-parent', '--new-session'],
    ...['--ro-bind', sandbox.base.directory, '/', '--proc', '/proc', '--dev', '/dev'],
    ...['--bind', sandbox.work, '/work', '--bind', `${sandbox.work}/tmp`, '/tmp'],
    ...['--ro-bind', sandbox.tools, insidePaths.tools],
    ...['--tmpfs', sandbox.storeTop, ...mounts, '--remount-ro', sandbox.storeTop],
    ...['--chdir', cwd, '--', `${insidePaths.tools}/run`, ...argv],
  ];
}
