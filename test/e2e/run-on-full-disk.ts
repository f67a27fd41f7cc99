/** Run by full-disk.test.ts in a mount namespace of its own: builds and installs on file systems that are too small, and prints what happened as JSON. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFarm } from './farm-fixture.ts';
import { findTemporary, snapshotOf } from './read-tree.ts';
import { runBinfarm } from './run-binfarm.ts';
import { verifyStored } from './stored-packages.ts';
import { tinyPackages } from './tiny-packages.ts';

/** One try of a command on a disk that may be too small. */
export interface FullDiskRun {
  readonly command: string;
  /** In kilobytes. */
  readonly free: number;
  readonly exitCode: number | null;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
  /** What was in the binhost that did not verify, or what was left half-written in the area. */
  readonly leftovers: readonly string[];
  /** The command's exit code once there was space, and what was left half-written after that. */
  readonly exitCodeWithSpace: number | null;
  readonly leftoversWithSpace: readonly string[];
}

const top = process.argv[2]!;
const sizes = process.argv.slice(3).map(Number);

function mountDisk(folder: string, kilobytes: number, mode: 'new' | 'remount'): void {
  mkdirSync(folder, { recursive: true });
  const options = `${mode === 'remount' ? 'remount,' : ''}size=${kilobytes}k`;
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function errorOf(stdout: string): FullDiskRun['error'] {
  const value = JSON.parse(stdout) as { error?: FullDiskRun['error']; failed?: { error: FullDiskRun['error'] }[] };
  return value.error ?? value.failed?.[0]?.error;
}

async function tryBuild(free: number): Promise<FullDiskRun> {
  const disk = join(top, `build${free}`);
  mountDisk(disk, 100_000, 'new');
  const farm = makeFarm(join(disk, 'farm'), { recipes: { alpha: tinyPackages.alpha!, large } });
  const used = Number(spawnSync('du', ['-sk', disk], { encoding: 'utf8' }).stdout.split('\t')[0]);
  mountDisk(disk, used + free, 'remount');
  const { exitCode, stdout } = farm.run('build', '--json');
  const stored = await verifyStored(farm).then(
    () => [],
    (error: unknown) => [String(error)],
  );
  mountDisk(disk, 100_000, 'remount');
  const again = farm.run('build', '--json');
  const error = errorOf(stdout);
  return {
    command: 'build',
    free,
    exitCode,
    ...(error === undefined ? {} : { error }),
    leftovers: stored,
    exitCodeWithSpace: again.exitCode,
    leftoversWithSpace: findTemporary(disk),
  };
}

function tryInstall(free: number): FullDiskRun {
  const disk = join(top, `install${free}`);
  mountDisk(disk, free, 'new');
  const run = () =>
    runBinfarm(['install', '--prefix', disk, '--json'], { folder: ready.folder, environment: ready.environment });
  const { exitCode, stdout } = run();
  const leftovers = [
    ...findTemporary(disk),
    ...(exitCode === 0 ? [] : snapshotOf(disk, ['store', 'generations', '.lock'])),
  ];
  mountDisk(disk, 100_000, 'remount');
  const again = run();
  const error = errorOf(stdout);
  return {
    command: 'install',
    free,
    exitCode,
    ...(error === undefined ? {} : { error }),
    leftovers,
    exitCodeWithSpace: again.exitCode,
    leftoversWithSpace: findTemporary(disk),
  };
}

const large = {
  'recipe.ts': tinyPackages
    .delta!['recipe.ts']!.replaceAll('delta', 'large')
    .replace(/build: .*/, "build: none({ '.': 'share' }),")
    .replace('make,', 'none,'),
  'src/data': Array.from({ length: 30_000 }, (_, index) => String(Math.sin(index))).join('\n'),
};

const ready = makeFarm(join(top, 'ready'), { recipes: { alpha: tinyPackages.alpha!, large } });
ready.build();
const results: FullDiskRun[] = [];
for (const size of sizes) results.push(await tryBuild(size), tryInstall(size));
process.stdout.write(JSON.stringify(results));
