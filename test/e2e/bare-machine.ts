import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Run } from './run-binfarm.ts';

/** Programs that every Linux has, beside a shell: all that an installer and binfarm may use. */
const usual = [
  'cat',
  'chmod',
  'cut',
  'date',
  'env',
  'flock',
  'gzip',
  'head',
  'mkdir',
  'rm',
  'rmdir',
  'sha256sum',
  'sync',
  'tail',
  'tr',
  'uname',
  'wc',
];

/** What busybox has no equal of: its flock and sync know fewer options. */
const notOfBusybox = ['flock', 'sync'];

/** What kind of machine: with dash and GNU's programs, or with those of busybox. */
export type BareShell = 'dash' | 'busybox';

/** A root file system without Node, binfarm and network, in which an ordinary user runs programs. */
export interface BareMachine {
  /** What programs see as `/home`, and can write. */
  readonly home: string;
  /** What programs see as `/tmp`. */
  readonly temporary: string;
  /** The command line that runs another one there. */
  readonly argv: (words: readonly string[], options?: BareOptions) => readonly string[];
  readonly run: (words: readonly string[], options?: BareOptions) => Run;
  /** Starts it in a process group of its own. */
  readonly start: (words: readonly string[], options?: BareOptions) => StartedBare;
}

/** What runs on a bare machine beside the test. */
interface StartedBare {
  readonly pid: number;
  /** Its standard input is open until then. */
  readonly closeInput: () => void;
  readonly ended: Promise<Run>;
}

/** How something runs on a bare machine. */
export interface BareOptions {
  readonly shell?: BareShell;
  readonly environment?: Readonly<Record<string, string>>;
  /** Further options of bwrap. */
  readonly mounts?: readonly string[];
}

/** An ordinary user, also where the tests run as root. */
const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Makes a bare machine in a folder. */
export function makeBareMachine(top: string): BareMachine {
  const root = join(top, 'root');
  const [home, temporary] = [join(top, 'home'), join(top, 'tmp')];
  for (const folder of ['home', 'tmp', 'proc', 'dev', 'etc', 'bin']) mkdirSync(join(root, folder), { recursive: true });
  for (const folder of [home, temporary]) {
    mkdirSync(folder);
    chmodSync(folder, 0o777);
  }
  chmodSync(top, 0o755);
  copyFileSync('/etc/os-release', join(root, 'etc/os-release'));
  const getconf = ['getconf']; // busybox has none
  for (const name of [...usual, ...getconf]) copyProgram(name, join(root, 'dash'), name);
  copyProgram('dash', join(root, 'dash'), 'sh');
  for (const name of notOfBusybox) copyProgram(name, join(root, 'busybox'), name);
  copyProgram('busybox', join(root, 'busybox'), 'busybox');
  for (const name of ['sh', ...usual].filter((item) => !notOfBusybox.includes(item)))
    symlinkSync('busybox', join(root, 'busybox', name));
  const programs = ['dash', 'busybox'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name)),
  );
  for (const library of librariesOf([...programs, process.execPath])) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(realpathSync(library), join(root, library));
  }

  const argv: BareMachine['argv'] = (words, { shell = 'dash', environment = {}, mounts = [] } = {}) => {
    const variables = { PATH: `/${shell}`, HOME: '/home', NO_COLOR: '1', CI: '1', ...environment };
    return [
      ...['bwrap', '--unshare-all', '--die-with-parent', '--ro-bind', root, '/', '--bind', home, '/home'],
      ...['--bind', temporary, '/tmp', '--proc', '/proc', '--dev', '/dev', '--chdir', '/home', '--clearenv', ...mounts],
      ...Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]),
      ...words,
    ];
  };
  return {
    home,
    temporary,
    argv,
    run: (words, options) => {
      const [program, ...rest] = argv(words, options) as [string, ...string[]];
      const { status, stdout, stderr } = spawnSync(program, rest, {
        ...user,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      return { exitCode: status, stdout, stderr };
    },
    start: (words, options) => {
      const [program, ...rest] = argv(words, options) as [string, ...string[]];
      const child = spawn(program, rest, { ...user, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
      child.stdin.on('error', () => {}); // it has ended already
      const written = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const)
        child[name].setEncoding('utf8').on('data', (text: string) => {
          written[name] += text;
        });
      const ended = new Promise<Run>((resolve) => {
        child.on('close', (exitCode) => resolve({ exitCode, ...written }));
      });
      return { pid: child.pid!, closeInput: () => child.stdin.end(), ended };
    },
  };
}

function copyProgram(name: string, folder: string, as: string): void {
  mkdirSync(folder, { recursive: true });
  const { stdout, status } = spawnSync('which', [name], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`there is no program "${name}": script/setup --tests installs it`);
  copyFileSync(realpathSync(stdout.trim()), join(folder, as));
}

/** The libraries of programs, and the loader, by the paths that programs look for. */
function librariesOf(programs: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const program of programs) {
    const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
    for (const [, path] of stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)) found.add(path!);
  }
  return [...found].filter((path) => !basename(path).startsWith('linux-vdso'));
}
