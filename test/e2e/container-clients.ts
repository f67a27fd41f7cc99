import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a program said, which must have ended with 0. */
export function call(
  program: string,
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(program, argv, {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 1 << 26,
  });
  if (error !== undefined || status !== 0) {
    throw new Error(`${program} ${argv.join(' ')}: ${error?.message ?? `ended with ${status}: ${stdout}${stderr}`}`);
  }
  return stdout;
}

/** As `call`, while this process goes on: for clients of a server that is in it. */
export async function callBeside(
  program: string,
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(program, argv, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')} ended with ${status}: ${said.stdout}${said.stderr}`);
  return said.stdout;
}

/** Podman with runc, with a storage of its own. */
export interface Podman {
  readonly argv: (...words: readonly string[]) => readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a command in a container without network, and gives what it says. */
  readonly run: (image: string, ...command: readonly string[]) => string;
}

/** Prepares podman as it works without the right to raise limits, and with any version of control groups. */
export function preparePodman(folder: string, insecure: readonly string[] = []): Podman {
  const config = [
    '[containers]',
    'default_ulimits = ["nofile=10000:10000","nproc=10000:10000"]',
    '[engine]',
    'cgroup_manager = "cgroupfs"',
    'runtime = "runc"',
    'events_logger = "file"',
  ];
  writeFileSync(join(folder, 'containers.conf'), `${config.join('\n')}\n`);
  const registries = insecure.map((host) => `[[registry]]\nlocation = "${host}"\ninsecure = true\n`);
  writeFileSync(join(folder, 'registries.conf'), registries.join(''));
  const environment = {
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
  };
  const storage = ['--root', join(folder, 'S'), '--runroot', join(folder, 'R'), '--storage-driver', 'overlay'];
  const argv = (...words: readonly string[]) => [...storage, ...words];
  return {
    argv,
    environment,
    run: (image, ...command) =>
      call('podman', argv('run', '--rm', '--network', 'none', image, ...command), environment),
  };
}
