import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { contentsOf, diskUseOf } from './area-state.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { makeReleaseFarm, type PlainPackage, type ReleaseFarm } from './release-fixture.ts';
import { runBinfarm } from './run-binfarm.ts';

const top = makeTopFolder('clean-area');
const area = join(top, 'area');
let farm: ReleaseFarm;

interface Cleaned {
  readonly generations: readonly number[];
  readonly removed: readonly { readonly name: string; readonly bytes: number }[];
  readonly bytes: number;
  readonly kept: readonly {
    readonly storeName: string;
    readonly usedBy: readonly number[];
    readonly programs: readonly { readonly pid: number; readonly command: string }[];
  }[];
}

function run(...argv: readonly string[]): string {
  const { exitCode, stdout, stderr } = runBinfarm(argv, { environment: farm.environment });
  assert.equal(exitCode, 0, stderr + stdout);
  return stdout;
}

const clean = (...options: readonly string[]) => JSON.parse(run('gc', area, '--json', ...options)) as Cleaned;
const namesIn = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name.split('-')[0]);

before(async () => {
  const packages = (version: string) =>
    ['a', 'b', 'c'].map((name): PlainPackage => {
      return { name, version: name === 'a' ? '1' : version, bytes: 100_000, needs: name === 'c' ? ['b'] : [] };
    });
  farm = await makeReleaseFarm(join(top, 'farm'), [
    { name: '1', packages: packages('1') },
    { name: '2', packages: packages('2') },
  ]);
  for (const release of ['1', '2'])
    run('install', '--prefix', area, '--release', `tiny/${release}`, '--from', farm.binhost, '--key', farm.key);
});

test('nothing goes that the active generation, or one that is kept for rollbacks, uses; and it is told which', () => {
  const { removed, kept } = clean();
  assert.deepEqual(removed, []);
  const usedBy = Object.fromEntries(kept.map((item) => [item.storeName.slice(0, 3), item.usedBy]));
  assert.deepEqual(usedBy, { 'a-1': [2, 1], 'b-1': [1], 'b-2': [2], 'c-1': [1], 'c-2': [2] });
});

test('a dry run tells what would go, with the size of each, and changes nothing', () => {
  const before = contentsOf(area);
  const { generations, removed, bytes } = clean('--keep', '0', '--dry-run');
  assert.deepEqual([generations, namesIn(removed)], [[1], ['generation 1', 'b', 'c']]);
  assert.ok(removed.slice(1).every((item) => item.bytes > 100_000));
  assert.equal(
    bytes,
    removed.reduce((sum, item) => sum + item.bytes, 0),
  );
  assert.deepEqual(contentsOf(area), before);
});

test('a package that a running program uses stays with what it needs until the program has ended, and the program is named', async () => {
  const storeName = readdirSync(join(area, 'store')).find((name) => name.startsWith('c-1'))!;
  const program = spawn('sleep', ['60'], { cwd: join(area, 'store', storeName, 'share'), stdio: 'ignore' });
  try {
    await once(program, 'spawn');
    const text = run('gc', area, '--keep', '0', '--dry-run');
    assert.match(text, new RegExp(`${storeName} stays: sleep \\(process ${program.pid}\\) uses it`));
    const { removed, kept } = clean('--keep', '0');
    assert.deepEqual(namesIn(removed), ['generation 1']);
    const held = kept.filter(({ usedBy }) => usedBy.length === 0);
    assert.deepEqual(
      held.map((item) => [item.storeName.slice(0, 3), item.programs]),
      [
        ['b-1', [{ pid: program.pid, command: 'sleep' }]],
        ['c-1', [{ pid: program.pid, command: 'sleep' }]],
      ],
    );
  } finally {
    program.kill();
    await once(program, 'close');
  }
  const before = diskUseOf(area);
  const { removed, bytes } = clean('--keep', '0');
  assert.deepEqual(namesIn(removed), ['b', 'c']);
  const freed = before - diskUseOf(area);
  assert.ok(freed > 200_000 && freed <= bytes, `${freed} of ${bytes}`);
});
