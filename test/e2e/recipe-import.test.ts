import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { makeFarm, makeTopFolder } from './farm-fixture.ts';

const top = makeTopFolder('recipe-import');
const farm = makeFarm(join(top, 'farm'), { specs: ['alpha'] });
const checkout = join(top, 'checkout');

const autotools = `from spack.package import PackageBase, build_system
class AutotoolsPackage(PackageBase):
    build_system("autotools")
`;

/** A recipe of Spack for a package that needs nothing. */
function spackRecipe(className: string, lines: string): string {
  return `from spack_repo.builtin.build_systems.autotools import AutotoolsPackage
from spack.package import *
import os

class ${className}(AutotoolsPackage):
    """Counts particles in a made-up detector."""

    homepage = "https://example.org/${className}"
    url = "https://example.org/${className}-1.0.tar.gz"
    license("MIT")
    version("1.0", sha256="${'1'.repeat(64)}")
    variant("fancy", default=False, description="More of it")
${lines}
`;
}

const files: Readonly<Record<string, string>> = {
  'repo.yaml': 'repo:\n  namespace: builtin\n  api: v2.2\n',
  'build_systems/autotools.py': autotools,
  'packages/omega/package.py': spackRecipe(
    'Omega',
    '    def configure_args(self):\n        return self.enable_or_disable("fancy")\n',
  ),
  'packages/py_psi/package.py': spackRecipe(
    'PyPsi',
    '    depends_on("omega+fancy", when="+fancy")\n    depends_on(os.environ["X"])\n',
  ),
  'packages/mpi_x/package.py': spackRecipe('MpiX', '    provides("mpi")\n'),
};

interface Imported {
  readonly packages: number;
  readonly incompletePackages: readonly { name: string; unread: readonly { line: number; directive: string }[] }[];
}

before(() => {
  for (const [path, text] of Object.entries(files)) {
    const file = join(checkout, 'repos/spack_repo/builtin', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
});

test('a repository of Spack becomes an index; lines that were not read are told', () => {
  const dry = farm.json<Imported>(['recipe', 'import', 'spack', checkout, '--dry-run']);
  assert.equal(dry.packages, 3);
  assert.equal(farm.json<{ total: number }>(['search', 'made-up']).total, 0);
  const { packages, incompletePackages } = farm.json<Imported>(['recipe', 'import', 'spack', checkout]);
  assert.equal(packages, 3);
  assert.deepEqual(
    incompletePackages.map(({ name, unread }) => [name, unread.map(({ line, directive }) => `${line} ${directive}`)]),
    [['py-psi', ['14 depends_on']]],
  );
});

test('search finds names, summaries and variants, in the farm and in the index', () => {
  const search = (...words: string[]) =>
    farm.json<{ found: { name: string; from: string; variants: string[] }[] }>(['search', ...words]).found;
  assert.deepEqual(
    search('omega').map(({ name, from }) => [name, from]),
    [['omega', 'spack']],
  );
  assert.deepEqual(
    search('MADE-UP', 'psi').map(({ name }) => name),
    ['py-psi'],
  );
  assert.ok(search('fancy').every(({ variants }) => variants.includes('fancy')));
  assert.equal(search('alpha')[0]!.from, 'recipe');
  assert.equal(farm.run('search', 'no-such-word').stdout.trim(), 'Nothing was found.');
});

test('a recipe is written into the farm from the last import, and checked', () => {
  const { todos } = farm.json<{ todos: number }>(['recipe', 'import', 'spack', '--package', 'omega']);
  assert.equal(todos, 0);
  assert.match(readFileSync(farm.path('recipes/omega/recipe.ts'), 'utf8'), /build: autotools\(\(\{ enable \}\) => \[/);
  const checked = farm.run('recipe', 'check', 'omega');
  assert.equal(checked.exitCode, 0, checked.stdout);
  assert.match(checked.stdout, /omega: it has no test/);
  const again = farm.run('recipe', 'import', 'spack', '--package', 'omega');
  assert.equal(again.exitCode, 1);
  assert.match(again.stderr, /is there already/);
});

test('a recipe with work left to be done is not finished', () => {
  assert.equal(farm.run('recipe', 'import', 'spack', checkout, '--package', 'py-psi').exitCode, 0);
  const { stdout, exitCode } = farm.run('recipe', 'check', 'py-psi');
  assert.equal(exitCode, 1);
  assert.match(stdout, /✗ py-psi: to be done: line 14, depends_on/);
  farm.addRecipe('broken', { 'recipe.ts': 'export default 7;\n' });
  const { findings } = farm.json<{ findings: { recipe: string; level: string }[] }>(['recipe', 'check'], 1);
  assert.ok(findings.some(({ recipe, level }) => recipe === 'broken' && level === 'error'));
});

test('what is no repository, no importer, or no package of it, is refused with what to do', () => {
  const cases: readonly (readonly [words: readonly string[], exitCode: number, says: RegExp])[] = [
    [['spack', top], 1, /has no repo\.yaml/],
    [['spack'], 2, /no directory is given/],
    [['conda', checkout], 2, /there is no importer for "conda"/],
    [['spack', checkout, '--package', 'omegaa'], 1, /Did you mean "omega"/],
    [['spack', checkout, '--preferences', join(checkout, 'none')], 1, /none/],
  ];
  for (const [words, exitCode, says] of cases) {
    const run = farm.run('recipe', 'import', ...words);
    assert.match(run.stderr, says);
    assert.ok(run.exitCode === exitCode || run.exitCode === 3, run.stderr);
  }
});

test('preferences give the order of providers and leave out what is never built', () => {
  const preferences = join(top, 'packages.yaml');
  writeFileSync(
    preferences,
    'packages:\n  all:\n    providers:\n      mpi: [mpi-x]\n  py-psi:\n    buildable: false\n',
  );
  const { packages } = farm.json<Imported>(['recipe', 'import', 'spack', checkout, '--preferences', preferences]);
  assert.equal(packages, 2);
  writeFileSync(preferences, 'packages: [1, 2');
  assert.match(
    farm.run('recipe', 'import', 'spack', checkout, '--preferences', preferences).stderr,
    /no packages\.yaml/,
  );
});
