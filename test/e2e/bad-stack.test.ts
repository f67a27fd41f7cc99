import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { copyFarm, makeFarm, makeTopFolder } from './farm-fixture.ts';
import { snapshotOf } from './read-tree.ts';

const top = makeTopFolder('bad-stack');
const farm = makeFarm(join(top, 'farm'));
const stackPath = farm.path('binfarm.yaml');
let good = '';

before(() => {
  farm.build();
  good = readFileSync(stackPath, 'utf8');
});

interface BadStack {
  readonly says: string;
  readonly change: (stack: string) => string;
  readonly code: string;
  readonly exitCode: 1 | 3;
  /** What stands where the error points at. */
  readonly at?: string;
  readonly hint: RegExp;
}

const set = (text: string) => (stack: string) => stack.replace(/tiny: \[.*\]/, `tiny: [${text}]`);
const add = (text: string) => (stack: string) => `${stack}${text}\n`;
const platforms = (text: string) => (stack: string) => stack.replace(/^platforms: .*/m, `platforms: [${text}]`);

const badStacks: BadStack[] = [
  { says: 'a YAML syntax error', change: add('prefer: { alpha: '), code: 'STACK_INVALID', exitCode: 1, hint: /YAML/ },
  {
    says: 'a key that is there twice',
    change: add('farm: again'),
    code: 'STACK_INVALID',
    exitCode: 1,
    at: 'farm: again',
    hint: /./,
  },
  {
    says: 'an unknown key',
    change: add('platform: elsewhere'),
    code: 'STACK_INVALID',
    exitCode: 1,
    at: 'platform:',
    hint: /Did you mean "platforms"\?/,
  },
  {
    says: 'an unknown setting',
    change: add('settings: { zstd_levle: 3 }'),
    code: 'STACK_INVALID',
    exitCode: 1,
    hint: /zstd_level/,
  },
  {
    says: 'a setting out of its range',
    change: add('settings: { prefix_length: 7 }'),
    code: 'SETTING_INVALID',
    exitCode: 1,
    at: '7',
    hint: /24/,
  },
  {
    says: 'an unknown package',
    change: set('"alhpa"'),
    code: 'RECIPE_UNKNOWN',
    exitCode: 1,
    at: '"alhpa"',
    hint: /Did you mean "?alpha"?\?/,
  },
  {
    says: 'a bad spec',
    change: set('"alpha@@1"'),
    code: 'SPEC_INVALID',
    exitCode: 1,
    at: '"alpha@@1"',
    hint: /A spec is/,
  },
  {
    says: 'a version that no recipe has',
    change: set('"alpha@9:"'),
    code: 'UNSATISFIABLE',
    exitCode: 1,
    at: '"alpha@9:"',
    hint: /alpha/,
  },
  {
    says: 'two requirements that cannot both hold',
    change: (stack) => add('require: { alpha: "~loud" }')(set('"alpha+loud"')(stack)),
    code: 'UNSATISFIABLE',
    exitCode: 1,
    at: '"',
    hint: /alpha/,
  },
  {
    says: 'an option that no recipe has',
    change: set('"alpha+lound"'),
    code: 'UNSATISFIABLE',
    exitCode: 1,
    at: '"alpha+lound"',
    hint: /loud/,
  },
  {
    says: 'a platform that is none',
    change: platforms('x86_64-debian12'),
    code: 'PLATFORM_INVALID',
    exitCode: 1,
    at: 'x86_64-debian12',
    hint: /./,
  },
  {
    says: 'a compiler that is not on this machine',
    change: platforms('x86_64-debian12-gcc99'),
    code: 'COMPILER_MISSING',
    exitCode: 3,
    hint: /apt-get install .*gcc-99/,
  },
  {
    says: 'a system that this machine is not',
    change: platforms('x86_64-debian99-gcc12'),
    code: 'BASE_UNAVAILABLE',
    exitCode: 3,
    hint: /debian99/,
  },
  {
    says: 'a program of the base that is not installed',
    change: add('externals: { no-such-program: { from: base } }'),
    code: 'TOOL_MISSING',
    exitCode: 3,
    at: '{ from: base }',
    hint: /apt-get install no-such-program/,
  },
];

interface Told {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly place?: { readonly file: string; readonly line: number; readonly column: number };
}

/** What a failed build says, whether it failed as a whole or in each of its packages. */
function errorOf(exitCode: number): Told {
  const value = farm.json<{ error?: Told; failed?: { error: Told }[] }>(['build'], exitCode);
  return value.error ?? value.failed![0]!.error;
}

for (const { says, change, code, exitCode, at, hint } of badStacks) {
  test(`${says} is ${code} with place and hint, and leaves everything as it was`, () => {
    const bad = change(good);
    assert.notEqual(bad, good);
    writeFileSync(stackPath, bad);
    const without = ['.binfarm/ledger', '.binfarm/lock'];
    const before = snapshotOf(farm.folder, without);
    try {
      const error = errorOf(exitCode);
      assert.equal(error.code, code, error.message);
      assert.match(error.hint ?? '', hint, error.message);
      if (at !== undefined) {
        assert.ok(error.place, 'the error has a place');
        assert.equal(error.place.file, stackPath);
        const line = bad.split('\n')[error.place.line - 1]!;
        assert.ok(
          line.slice(error.place.column - 1).startsWith(at),
          `${error.place.line}:${error.place.column} ${line}`,
        );
        assert.match(farm.run('build').stderr, new RegExp(` binfarm.yaml:${error.place.line}:${error.place.column}\n`));
      }
      assert.deepEqual(snapshotOf(farm.folder, without), before);
    } finally {
      writeFileSync(stackPath, good);
    }
  });
}

test('of a stack for this machine and for another one, this one’s part is built, and the rest fails package by package', () => {
  const both = copyFarm(farm, join(top, 'both'));
  both.edit('recipes/delta/src/delta.cpp', (text) => `${text}// changed\n`);
  both.edit('binfarm.yaml', (text) =>
    text.replace(
      /^platforms: \[(\w+)-\w+-(\w+)\]/m,
      (line, arch, compiler) => `${line.slice(0, -1)}, ${arch}-other1-${compiler}]`,
    ),
  );
  const { built, failed } = both.json<{ built: string[]; failed: { key: string; error: Told }[] }>(['build'], 1);
  assert.equal(built.length, 1);
  assert.match(built[0]!, /^(?!.*-other1-).*\/delta$/);
  assert.deepEqual(
    failed.map(({ key, error }) => [key.split('-')[1], error.code]),
    [
      ['other1', 'BASE_UNAVAILABLE'],
      ['other1', 'BASE_UNAVAILABLE'],
    ],
  );
});

test('after all these errors the farm still has nothing to do', () => {
  assert.deepEqual(farm.build('--locked'), []);
});
