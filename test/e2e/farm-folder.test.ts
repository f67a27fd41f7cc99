import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runBinfarm } from './run-binfarm.ts';

const top = mkdtempSync(join(tmpdir(), 'farm-folder-'));
after(() => rmSync(top, { recursive: true }));
const environment = { BINFARM_CACHE: join(top, 'cache') };
let count = 0;

/** A new farm folder, its stack file changed. */
function makeFarm(change: (stack: string) => string = (stack) => stack): string {
  count += 1;
  const folder = join(top, `farm${count}`);
  assert.equal(runBinfarm(['init', folder]).exitCode, 0);
  const path = join(folder, 'binfarm.yaml');
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return folder;
}

test('init makes a farm that can be planned at once, and a key that nobody else can read', () => {
  const folder = makeFarm();
  const plan = runBinfarm(['plan'], { folder, environment });
  assert.deepEqual([plan.exitCode, plan.stderr], [0, '']);
  assert.match(plan.stdout, /build {2}zlib/);
  assert.equal(statSync(join(folder, 'keys', 'farm.key')).mode & 0o077, 0);
});

test('a plan changes nothing', () => {
  const folder = makeFarm();
  runBinfarm(['plan'], { folder, environment });
  runBinfarm(['build', '--dry-run'], { folder, environment });
  assert.equal(existsSync(join(folder, 'binfarm.lock')), false);
});

test('init --dry-run makes nothing, and init refuses a folder that is a farm', () => {
  const folder = join(top, 'dry');
  assert.equal(runBinfarm(['init', folder, '--dry-run']).exitCode, 0);
  assert.equal(existsSync(folder), false);
  const again = runBinfarm(['init', makeFarm(), '--json']);
  assert.equal(again.exitCode, 1);
  assert.equal(JSON.parse(again.stdout).error.code, 'FARM_EXISTS');
});

test('a command finds the farm folder from a folder below it', () => {
  const below = join(makeFarm(), 'recipes', 'deep');
  mkdirSync(below);
  assert.equal(runBinfarm(['plan'], { folder: below, environment }).exitCode, 0);
});

test('without a farm folder the error says how to make one', () => {
  const run = runBinfarm(['plan'], { folder: top, environment });
  assert.equal(run.exitCode, 1);
  assert.match(run.stderr, /FARM_NOT_FOUND[\s\S]*hint: .*binfarm init/);
});

interface BadInput {
  readonly says: string;
  readonly change: (stack: string) => string;
  readonly code: string;
  /** The line of binfarm.yaml that the error must point at holds this. */
  readonly at?: RegExp;
  readonly hint?: RegExp;
}

const sets = (text: string) => (stack: string) => stack.replace('base: [zlib, zstd]', text);

const badInputs: BadInput[] = [
  { says: 'a YAML syntax error', change: sets('base: [zlib, zstd'), code: 'STACK_INVALID' },
  {
    says: 'an unknown key',
    change: (stack) => `${stack}\nbinhots: ./x\n`,
    code: 'STACK_INVALID',
    at: /^binhots/,
    hint: /binhost/,
  },
  {
    says: 'an unknown setting',
    change: (stack) => `${stack}\nsettings: { zstd_levl: 3 }\n`,
    code: 'STACK_INVALID',
    hint: /zstd_level/,
  },
  { says: 'an unknown package', change: sets('base: [zlbi]'), code: 'RECIPE_UNKNOWN', at: /zlbi/, hint: /zlib/ },
  { says: 'a bad spec', change: sets('base: ["zlib@@1"]'), code: 'SPEC_INVALID', at: /zlib@@1/ },
  { says: 'a version that no recipe has', change: sets('base: ["zlib@99:"]'), code: 'UNSATISFIABLE', at: /zlib@99/ },
  {
    says: 'a platform that is none',
    change: (stack) => stack.replace(/platforms: .*/, 'platforms: [nonsense]'),
    code: 'PLATFORM_INVALID',
    at: /nonsense/,
  },
];

for (const { says, change, code, at, hint } of badInputs) {
  test(`${says} is ${code}, points at its line, and leaves no lock behind`, () => {
    const folder = makeFarm(change);
    const run = runBinfarm(['build', '--json'], { folder, environment });
    const { error } = JSON.parse(run.stdout);
    assert.deepEqual([run.exitCode, error.code], [1, code], error.message);
    const stack = readFileSync(join(folder, 'binfarm.yaml'), 'utf8').split('\n');
    assert.equal(typeof error.place?.line, 'number', 'the error has a place');
    if (at !== undefined) assert.match(stack[error.place.line - 1]!, at);
    if (hint !== undefined) assert.match(error.hint, hint);
    assert.equal(existsSync(join(folder, 'binfarm.lock')), false);
  });
}
