/** Run by full-disk-area.test.ts and read-only.test.ts in a mount namespace of its own: changes areas and binhosts on file systems whose space ends, or that turn read-only in the
 * middle, and prints what happened as JSON. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { areaLayoutOf } from '../../src/area/area-layout.ts';
import { readActiveGeneration, readGeneration } from '../../src/area/generation.ts';
import { checkBinhost } from '../../src/binhost/check-binhost.ts';
import { openDirectoryBinhost } from '../../src/binhost/open-directory-binhost.ts';
import { assertWhole, contentsOf, rememberStore, type StoreReference } from './area-state.ts';
import { createRandomMoments } from './random-moments.ts';
import { makeReleaseFarm, type PlainPackage } from './release-fixture.ts';
import type { Run } from './run-binfarm.ts';
import { startBinfarm } from './start-binfarm.ts';

/** One try of a command on a file system that failed it, or might have. */
export interface SmallDiskRun {
  readonly command: string;
  /** When the failure was to come: so many bytes left, or so many milliseconds. */
  readonly at: number;
  readonly exitCode: number | null;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
  /** What the area or binhost was like then: `old`, `new`, or what was wrong with it. */
  readonly state: string;
  /** How the same command ended when the file system was good again, and what was wrong then. */
  readonly exitCodeAfter: number | null;
  readonly stateAfter: string;
}

const [top = '', mode = '', tries = ''] = process.argv.slice(2);
const moments = createRandomMoments();
const disk = join(top, 'disk');
const area = join(disk, 'area');
const large = 200_000;

function mount(options: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', disk]).status === 0;
}

function usedKilobytes(): number {
  return Number(spawnSync('df', ['-k', '--output=used', disk], { encoding: 'utf8' }).stdout.split('\n')[1]);
}

const names = 'abcdefgh'.split('');
const packages = (version: string) =>
  names.map((name, index): PlainPackage => ({ name, version: index % 2 ? version : '1', bytes: 30_000 * (index + 1) }));
const farm = await makeReleaseFarm(join(top, 'farm'), [
  { name: '1', packages: packages('1') },
  { name: '2', packages: packages('2') },
]);
const install = (release: string) => [
  ...['install', '--prefix', area, '--release', `tiny/${release}`, '--from', farm.binhost, '--key', farm.key],
];
const operations = [
  { name: 'install', from: 'nothing', to: 'first', argv: install('1') },
  { name: 'upgrade', from: 'first', to: 'second', argv: install('2') },
  { name: 'rollback', from: 'second', to: 'back', argv: ['rollback', area, '--to', '1'] },
  { name: 'remove', from: 'second', to: 'removed', argv: ['remove', 'b', '--area', area] },
  { name: 'gc', from: 'back', to: 'cleaned', argv: ['gc', area, '--keep', '0'] },
  { name: 'push', from: 'empty', to: 'pushed', argv: ['binhost', 'push', join(area, 'binhost')] },
] as const;

const savedPath = (state: string) => join(top, 'saved', state);
const wanted = new Map<string, readonly string[]>();
const durations = new Map<string, number>();
let reference: StoreReference = new Map();

function restore(state: string): void {
  cpSync(savedPath(state), area, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

async function run(argv: readonly string[]): Promise<Run> {
  return await startBinfarm(farm, [...argv, '--json']).ended;
}

async function prepare(): Promise<void> {
  for (const state of ['nothing', 'empty']) mkdirSync(savedPath(state), { recursive: true });
  for (const { name, from, to, argv } of operations) {
    if (!mount(`size=${large}k`)) throw new Error('mount failed');
    restore(from);
    const start = performance.now();
    const { exitCode, stderr, stdout } = await run(argv);
    durations.set(name, performance.now() - start);
    if (exitCode !== 0) throw new Error(`${name}: ${stderr}${stdout}`);
    if (name !== 'push') reference = rememberStore(area, reference);
    wanted.set(to, contentsOf(area));
    cpSync(area, savedPath(to), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    spawnSync('umount', [disk]);
  }
}

async function packagesOf(state: string): Promise<string | undefined> {
  const layout = areaLayoutOf(savedPath(state));
  const active = await readActiveGeneration(layout);
  return active === undefined ? undefined : (await readGeneration(layout, active)).packages.join(' ');
}

type Operation = (typeof operations)[number];

async function stateOf({ name, from, to }: Operation): Promise<string> {
  try {
    if (name === 'push') return await stateOfBinhost();
    const state = (await assertWhole(area, reference))?.join(' ');
    if (state === (await packagesOf(to))) return 'new';
    return state === (await packagesOf(from)) ? 'old' : `it has in use: ${state}`;
  } catch (error) {
    return String(error);
  }
}

async function stateOfBinhost(): Promise<string> {
  const binhost = openDirectoryBinhost(join(area, 'binhost'), 'tiny');
  const { damaged, packages: count } = await checkBinhost(binhost, { repair: false });
  if (damaged.length > 0) return JSON.stringify(damaged);
  return count === new Set([...packages('1'), ...packages('2')].map(({ name, version }) => name + version)).size
    ? 'new'
    : 'old';
}

/** Lets a command run on a file system that fails it, and again when that is good; `spoil` is called when all is ready, and gives what repairs it. */
async function tryOn(
  operation: Operation,
  at: number,
  work: (argv: readonly string[]) => Promise<{ run: Run; repair: () => void }>,
): Promise<SmallDiskRun> {
  if (!mount(`size=${large}k`)) throw new Error('mount failed');
  try {
    restore(operation.from);
    const { run: first, repair } = await work(operation.argv);
    const state = await stateOf(operation);
    repair();
    const isRemoved = operation.name === 'remove' && state === 'new'; // what was removed cannot be removed again
    const again = await run(isRemoved ? ['rollback', area, '--to', '3'] : operation.argv);
    const after = await stateOf(operation);
    const isRight = JSON.stringify(contentsOf(area)) === JSON.stringify(wanted.get(operation.to));
    const extra = contentsOf(area).filter((line) => !wanted.get(operation.to)!.includes(line));
    const { error } = JSON.parse(first.stdout) as { error?: NonNullable<SmallDiskRun['error']> };
    return {
      command: operation.name,
      at,
      exitCode: first.exitCode,
      ...(error === undefined ? {} : { error }),
      state,
      exitCodeAfter: again.exitCode,
      stateAfter: isRight || after !== 'new' ? after : `not as it should be: ${extra.join(', ')}`,
    };
  } finally {
    spawnSync('umount', ['-l', disk]);
  }
}

/** The space ends after so many kilobytes. */
async function runFull(operation: Operation, kilobytes: number): Promise<SmallDiskRun> {
  return await tryOn(operation, kilobytes, async (argv) => {
    mount(`remount,size=${usedKilobytes() + kilobytes}k`);
    return { run: await run(argv), repair: () => void mount(`remount,size=${large}k`) };
  });
}

/** The file system turns read-only after so many milliseconds, at the next moment when no file is open for writing. */
async function runReadOnly(operation: Operation, milliseconds: number): Promise<SmallDiskRun> {
  return await tryOn(operation, milliseconds, async (argv) => {
    const started = startBinfarm(farm, [...argv, '--json']);
    await sleep(milliseconds);
    const script = 'while [ -e /proc/$0 ]; do mount -o remount,ro "$1" 2> /dev/null && exit 0; done';
    const remount = spawn('/bin/sh', ['-c', script, String(started.pid), disk], { stdio: 'ignore' });
    const ended = await started.ended;
    await new Promise((resolve) => (remount.exitCode === null ? remount.once('exit', resolve) : resolve(0)));
    return { run: ended, repair: () => void mount('remount,rw') };
  });
}

mkdirSync(disk, { recursive: true });
await prepare();
const results: SmallDiskRun[] = [];
for (const operation of operations) {
  for (let count = 0; count < Number(tries); count += 1) {
    if (mode === 'full') {
      const most = { install: 1600, upgrade: 900, rollback: 12, remove: 80, gc: 16, push: 2400 }[operation.name];
      results.push(await runFull(operation, Math.floor((most * (count + moments.next())) / Number(tries) / 4) * 4));
    } else {
      const share = 0.3 + (0.6 * (count + moments.next())) / Number(tries); // before that, the program only starts
      results.push(await runReadOnly(operation, Math.round(share * durations.get(operation.name)!)));
    }
  }
}
if (readdirSync(disk).length > 0) throw new Error(`${disk} is still mounted`);
process.stdout.write(JSON.stringify({ seed: moments.seed, results }));
