import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

/** What each folder of src may import: other folders, and packages of npm. This table is the rule. */
const layers: Readonly<
  Record<string, { readonly from: readonly string[]; readonly npm?: readonly string[]; readonly pure?: true }>
> = {
  core: { from: [] },
  model: { from: ['core'], npm: ['valibot', 'yaml'], pure: true },
  solve: { from: ['core', 'model'], pure: true },
  recipes: { from: ['core', 'model'], npm: ['valibot'] },
  ledger: { from: ['core', 'model'], npm: ['kysely'] },
  package: { from: ['core', 'model'], npm: ['valibot'] },
  binhost: { from: ['core', 'model', 'package'], npm: ['@bradenmacdonald/s3-lite-client', 'valibot'] },
  area: { from: ['core', 'model', 'package'], npm: ['valibot'] },
  build: { from: ['core', 'model', 'package'], npm: ['tar-stream', 'valibot'] },
  image: {
    from: ['core', 'model', 'package'],
    npm: ['@cyclonedx/cyclonedx-library', 'packageurl-js', 'tar-stream', 'valibot'],
  },
  cvmfs: { from: ['core', 'model', 'package'], npm: ['valibot'] },
  app: {
    from: ['core', 'model', 'solve', 'recipes', 'ledger', 'package', 'binhost', 'area', 'build', 'image', 'cvmfs'],
    npm: ['valibot', 'yaml'],
  },
  cli: {
    from: ['core', 'model', 'app'],
    npm: ['@bomb.sh/tab', '@clack/prompts', '@commander-js/extra-typings', 'commander'],
  },
};

/** Recipes and stacks are written against the public interface alone. */
const outside = ['recipes', 'stacks'];

const top = join(import.meta.dirname, '..');
const importForm = /^(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm;

interface Import {
  readonly file: string;
  readonly target: string;
}

function importsIn(pattern: string): Import[] {
  return globSync(pattern, { cwd: top }).flatMap((file) => {
    const text = readFileSync(join(top, file), 'utf8');
    return [...text.matchAll(importForm)].map((match) => ({ file, target: match[1] ?? match[2]! }));
  });
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts');
}

/** The folder of src that an import reaches; undefined for node's and npm's modules, and for what tests share. */
function layerOf({ file, target }: Import): string | undefined {
  if (!target.startsWith('.')) return undefined;
  const [first, second] = normalize(join(dirname(file), target)).split('/');
  if (first === 'test' && isTest(file)) return undefined;
  return first === 'src' ? second : first;
}

/** The npm package of an import: `@scope/name` of `@scope/name/part`. */
function packageOf({ target }: Import): string | undefined {
  if (target.startsWith('.') || target.startsWith('node:')) return undefined;
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function describe(found: readonly Import[]): string[] {
  return found.map(({ file, target }) => `${file} imports ${target}`);
}

const all = importsIn('src/**/*.ts');
assert.ok(all.length > 100, 'the scan finds imports');

test('every folder in src has a rule', () => {
  const folders = globSync('src/*', { cwd: top }).map((path) => path.slice('src/'.length));
  assert.deepEqual(folders.toSorted(), Object.keys(layers).toSorted());
});

test('a relative import names its file with the ending .ts', () => {
  const wrong = importsIn('{src,test,bench,script}/**/*.ts').filter(
    ({ target }) => target.startsWith('.') && !/\.(ts|json)$/.test(target),
  );
  assert.deepEqual(describe(wrong), []);
});

for (const [layer, { from, npm = [], pure }] of Object.entries(layers)) {
  const own = all.filter(({ file }) => file.startsWith(`src/${layer}/`));
  const real = own.filter(({ file }) => !isTest(file));

  test(`${layer}/ imports only ${['itself', ...from].join(', ')}`, () => {
    const wrong = own.filter((found) => ![undefined, layer, ...from].includes(layerOf(found)));
    assert.deepEqual(describe(wrong), []);
  });

  test(`${layer}/ uses of npm only ${npm.join(', ') || 'nothing'}`, () => {
    const wrong = real.filter((found) => ![undefined, ...npm].includes(packageOf(found)));
    assert.deepEqual(describe(wrong), []);
  });

  if (pure) {
    test(`${layer}/ uses nothing of node`, () => {
      const wrong = real.filter(({ target }) => target.startsWith('node:'));
      assert.deepEqual(describe(wrong), []);
    });
  }
}

for (const folder of outside) {
  test(`${folder}/ imports only "binfarm"`, () => {
    const wrong = importsIn(`${folder}/**/*.ts`).filter(({ file, target }) => !isTest(file) && target !== 'binfarm');
    assert.deepEqual(describe(wrong), []);
  });
}
