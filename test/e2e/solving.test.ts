import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { copyFarm, makeFarm, makeTopFolder, type TestFarm } from './farm-fixture.ts';

const top = makeTopFolder('solving');
const built = makeFarm(join(top, 'built'));
let count = 0;

before(() => {
  assert.deepEqual(built.build(), ['alpha', 'beta', 'delta', 'gamma']);
});

interface Plan {
  readonly packages: readonly { readonly name: string; readonly version: string; readonly action: string }[];
  readonly criteria?: Readonly<Record<string, readonly { readonly name: string; readonly cost: number }[]>>;
}

function newFarm({ hasLock = true, change = (recipe: string) => recipe } = {}): TestFarm {
  count += 1;
  const farm = copyFarm(built, join(top, `farm${count}`));
  if (!hasLock) rmSync(farm.path('binfarm.lock'));
  farm.edit('recipes/alpha/recipe.ts', (text) => change(text.replace("'1.0': {}", "'1.0': {}, '1.1': {}")));
  return farm;
}

function toBuild(farm: TestFarm, ...argv: readonly string[]): string[] {
  const { packages } = farm.json<Plan>(['plan', ...argv]);
  return packages.filter(({ action }) => action === 'build').map(({ name, version }) => `${name} ${version}`);
}

test('without a lock packages that exist are chosen rather than newer versions, unless that is not wished', () => {
  const farm = newFarm({ hasLock: false });
  assert.deepEqual(toBuild(farm), []);
  assert.deepEqual(toBuild(farm, '--fresh'), ['alpha 1.1', 'beta 2.1', 'gamma 3.0.1']);
  assert.deepEqual(toBuild(farm, '--update-all'), ['alpha 1.1', 'beta 2.1', 'gamma 3.0.1']);
});

test('a package counts as existing only where it is what would be built now', () => {
  const farm = newFarm({
    hasLock: false,
    change: (text) => text.replace("'PREFIX=' + prefix", "'PREFIX=' + prefix, 'CFLAGS=-O1'"),
  });
  assert.deepEqual(toBuild(farm), ['alpha 1.1', 'beta 2.1', 'gamma 3.0.1']);
  farm.edit('binfarm.yaml', (text) => text.replace('"alpha"', '"alpha@1.0"'));
  assert.deepEqual(toBuild(farm), ['alpha 1.0', 'beta 2.1', 'gamma 3.0.1']);
});

test('a locked version stays, with a new version and a lock that is asked to move nothing', () => {
  const farm = newFarm();
  assert.deepEqual(toBuild(farm), []);
  assert.deepEqual(toBuild(farm, '--update', 'delta'), []);
  assert.deepEqual(toBuild(farm, '--update', 'alpha'), ['alpha 1.1', 'beta 2.1', 'gamma 3.0.1']);
  assert.match(farm.run('plan', '--update', 'alhpa').stderr, /Did you mean "alpha"\?/);
});

test('plan --explain prints every criterion with its cost and the packages that cause it', () => {
  const farm = newFarm();
  const { criteria } = farm.json<Plan>(['plan', '--explain']);
  const [costs = []] = Object.values(criteria ?? {});
  assert.deepEqual(
    costs.filter(({ cost }) => cost > 0).map(({ name, cost }) => [name, cost]),
    [
      ['versions of roots', 1],
      ['packages', 4],
    ],
  );
  assert.match(farm.run('plan', '--explain').stdout, /versions of roots +1\n +alpha: 1\.0 rather than 1\.1\n/);
});

test('why tells why a version or an option is not there, and what would have to change', () => {
  const farm = newFarm();
  assert.match(
    farm.run('why', 'alpha@1.1').stdout,
    /"changes" prefers alpha@1\.0.*\n.*no longer 1\.0\n +binfarm build --update alpha/,
  );
  assert.match(
    farm.run('why', 'alpha@7').stdout,
    /not possible[\s\S]*alpha has no version in @7; it has 1\.1, 1\.0 +\(.*recipe\.ts:\d/,
  );
  assert.match(farm.run('why', 'alpha', '+loud').stdout, /is possible, but/);
  assert.match(farm.run('why', 'alpha@1.0').stdout, /is what the stack has\n(.*\n)*.*set tiny asks for alpha/);
  assert.match(farm.run('why', 'alpha').stdout, /set tiny -> beta@2\.1 -> alpha@1\.0/);
  const { choices } = farm.json<{ choices: { verdict: string; criterion?: string }[] }>(['why', 'alpha@1.1']);
  assert.deepEqual(
    choices.map(({ verdict, criterion }) => [verdict, criterion]),
    [['worse', 'changes']],
  );
});

test('lock diff says in Markdown what a change of the lock means', () => {
  const farm = newFarm();
  const git = (...argv: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...argv], { cwd: farm.folder });
  git('init', '-q');
  git('add', 'binfarm.lock');
  git('commit', '-qm', 'lock');
  assert.equal(farm.run('lock', 'diff').stdout, 'binfarm.lock does not differ from HEAD.\n');
  farm.build('--update', 'alpha');
  const text = farm.run('lock', 'diff').stdout;
  assert.match(text, /^# binfarm\.lock against HEAD\n\n## x86_64-/);
  assert.match(
    text,
    /### Changed\n\n\| package .*\n.*\n\| alpha \| 1\.0 → 1\.1 \| +\| `[0-9a-f]{8}` → `[0-9a-f]{8}` \|/,
  );
  assert.match(text, /### Built anew\n\n- beta 2\.1: `[0-9a-f]{8}` → `[0-9a-f]{8}`\n- gamma 3\.0\.1/);
  assert.match(farm.run('lock', 'diff', 'nowhere').stderr, /neither a file nor a revision of git/);
});

test('a set that is apart has versions of its own, and shares what is the same', () => {
  const farm = newFarm();
  farm.edit('binfarm.yaml', (text) =>
    text.replace(/^ {2}tiny: .*\n/m, '$&  old: { apart: true, specs: ["beta ^alpha@1.0", delta] }\n'),
  );
  farm.edit('binfarm.yaml', (text) => text.replace('"alpha"', '"alpha@1.1"'));
  assert.deepEqual(toBuild(farm), ['alpha 1.1', 'beta 2.1', 'gamma 3.0.1']);
  assert.deepEqual(farm.build(), ['alpha', 'beta', 'gamma']);
  assert.deepEqual(toBuild(farm), []);
  assert.match(farm.run('why', 'alpha').stdout, /set old -> beta@2\.1 -> alpha@1\.0/);
  assert.equal(farm.run('build', '--locked').exitCode, 0);
});
