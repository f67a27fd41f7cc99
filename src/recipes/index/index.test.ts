import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFarmError } from '../../core/farm-error.ts';
import { formatSpec } from '../../model/format-spec.ts';
import type { PackageName } from '../../model/names.ts';
import type { ImportedPackage } from './imported-package.ts';
import { bytesOf, formatIndexFile, parseIndexFile, sectionNames, wordsOf } from './index-file.ts';
import { openIndex, readIndex } from './open-index.ts';
import { encodeIndex, type IndexContent, writeIndex } from './write-index.ts';

const empty = { versions: [], variants: [], dependencies: [], conflicts: [], requires: [], provides: [], unread: [] };

const mpich: ImportedPackage = {
  ...empty,
  name: 'mpich',
  summary: 'A message\tpassing library',
  file: 'packages/mpich/package.py',
  versions: [{ version: '4.1' }, { version: '4.0', preferred: true }, { version: '3.0', deprecated: true }],
  variants: [
    { name: 'build_system', kind: 'single', default: ['autotools'], values: ['autotools'] },
    { name: 'fortran', kind: 'bool', default: true, summary: 'Fortran bindings' },
    {
      name: 'pmi',
      kind: 'multi',
      default: ['auto'],
      values: ['auto', 'pmi', 'pmix'],
      sets: [['auto'], ['pmi', 'pmix']],
      valueWhen: { pmix: ['@4:'] },
      when: ['+fortran', '@3:'],
    },
  ],
  dependencies: [
    { spec: 'zlib@1.2:', types: ['build', 'link'], when: ['+fortran', '@4:'], line: 7 },
    { spec: 'gmake', types: ['build'], when: ['%c'] },
    { spec: 'c', types: ['build'], when: ['@4:'] },
    { spec: 'c', types: ['build'], when: ['+fortran'] },
    { spec: 'py-pytest', types: ['test'] },
    { spec: 'never', types: ['link'], when: ['@:3', '@4:'] },
    { spec: 'never', types: ['link'], when: ['+nonexistent'] },
    {
      spec: 'hwloc',
      types: ['link'],
      when: ['^[virtuals=x] zlib@2:', '%gcc@12:'],
      file: 'build_systems/x.py',
      line: 3,
    },
  ],
  conflicts: [{ spec: '%gcc@:4', when: ['@4:'], message: 'too old', line: 9 }],
  requires: [{ specs: ['+fortran', 'pmi=pmix', '+nonexistent'], policy: 'any_of', message: 'one is needed' }],
  provides: [{ specs: ['mpi@:3', 'mpi-io'], when: ['@3:'] }],
  unread: [{ line: 3, directive: 'variant', reason: 'x is not known' }],
};

const others: readonly ImportedPackage[] = [
  { ...empty, name: 'openmpi', provides: [{ specs: ['mpi'] }] },
  { ...empty, name: 'cray-mpi', provides: [{ specs: ['mpi'] }] },
  { ...empty, name: 'Not a name' },
  { ...empty, name: 'flags', dependencies: [{ spec: 'a cflags=-O3', types: ['link'], line: 2 }] },
];

const content: IndexContent = {
  source: 'a test',
  packages: [mpich, ...others],
  providers: { mpi: ['openmpi', 'nothing'] },
  unbuildable: ['cray-mpi'],
};

const name = (text: string) => text as PackageName;
const read = (given: IndexContent = content) => readIndex(encodeIndex(given).bytes, 'test.index');

test('an index gives the metadata that was put into it', () => {
  const recipe = read().recipe(name('mpich'))!;
  const show = (spec: Parameters<typeof formatSpec>[0] | undefined) => (spec === undefined ? '' : formatSpec(spec));
  assert.deepEqual(recipe.versions, [
    { version: '4.1' },
    { version: '4.0', preferred: true },
    { version: '3.0', deprecated: true },
  ]);
  const [system, fortran, pmi] = recipe.variants;
  assert.deepEqual(system, { name: 'build_system', kind: 'single', default: ['autotools'], values: ['autotools'] });
  assert.deepEqual(fortran, { name: 'fortran', kind: 'bool', default: true, summary: 'Fortran bindings' });
  assert.deepEqual(
    { ...pmi, when: show(pmi!.when), valueWhen: show(pmi!.valueWhen!.pmix) },
    { ...mpich.variants[2], when: '@3: +fortran', valueWhen: '@4:' },
  );
  assert.deepEqual(
    recipe.dependencies.map(({ spec, types, when }) => [show(spec), types.join(), show(when)].join(' | ')),
    [
      'zlib@1.2: | build,link | @4: +fortran',
      'gmake | build | @4:',
      'gmake | build | +fortran',
      'c | build | @4:',
      'c | build | +fortran',
      'hwloc | link | %gcc@12: ^zlib@2:',
    ],
  );
  assert.deepEqual(recipe.dependencies[0]!.place, { file: 'packages/mpich/package.py', line: 7 });
  assert.deepEqual(recipe.dependencies.at(-1)!.place, { file: 'build_systems/x.py', line: 3 });
  assert.deepEqual(
    recipe.conflicts.map(({ spec, when, message, place }) => [show(spec), show(when), message, place?.line]),
    [['%gcc@:4', '@4:', 'too old', 9]],
  );
  assert.deepEqual(
    recipe.requires.map(({ specs, policy, message }) => [specs.map(show), policy, message]),
    [[['+fortran', 'pmi=pmix'], 'any_of', 'one is needed']],
  );
  assert.deepEqual(
    recipe.provides.map(({ spec, when }) => [show(spec), show(when)]),
    [
      ['mpi@:3', '@3:'],
      ['mpi-io', '@3:'],
    ],
  );
  assert.deepEqual(recipe.place, { file: 'packages/mpich/package.py' });
});

test('an index knows names, providers in their order, entries for search, and what was not read', () => {
  const index = read();
  assert.equal(index.source, 'a test');
  assert.deepEqual(index.names(), ['flags', 'mpich', 'openmpi']);
  assert.deepEqual(index.providers(name('mpi')), ['openmpi', 'mpich']);
  assert.deepEqual(index.providers(name('zlib')), []);
  assert.equal(index.recipe(name('zlib')), undefined);
  assert.deepEqual([...index.entries()][1], {
    name: 'mpich',
    summary: 'A message passing library',
    variants: ['build_system', 'fortran', 'pmi'],
  });
  assert.deepEqual(index.unread(name('mpich')), mpich.unread);
  assert.match(index.unread(name('flags'))[0]!.reason, /compiler flags/);
});

test('an empty index is an index', () => {
  const index = read({ source: '', packages: [] });
  assert.deepEqual([index.names(), [...index.entries()]], [[], []]);
});

test('equal packages give equal bytes, whatever their order', () => {
  const reversed = { ...content, packages: [mpich, ...others].reverse() };
  assert.ok(encodeIndex(content).bytes.equals(encodeIndex(reversed).bytes));
});

test('an index that is written is opened; one that is not there, or cut off, is refused with what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'index-'));
  try {
    const path = join(folder, 'a.index');
    const statistics = await writeIndex(path, content);
    assert.deepEqual([statistics.packages, statistics.incomplete, statistics.unreadLines], [3, 2, 2]);
    assert.equal((await openIndex(path)).names().length, 3);
    await assert.rejects(
      openIndex(join(folder, 'none')),
      (error) => isFarmError(error, 'INDEX_INVALID') && /import/.test(error.hint ?? ''),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a change of any byte, and any cut, is noticed', () => {
  const { bytes } = encodeIndex(content);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ change;
      assert.throws(
        () => readIndex(changed, 'x'),
        (error) => isFarmError(error, 'INDEX_INVALID'),
      );
      assert.throws(
        () => readIndex(bytes.subarray(0, at), 'x'),
        (error) => isFarmError(error, 'INDEX_INVALID'),
      );
    }),
    { numRuns: 300 },
  );
});

test('an index made to mislead is read or refused, without another failure', () => {
  const sections = parseIndexFile(encodeIndex(content).bytes, 'x');
  const numbers = sectionNames.filter((one) => !['source', 'text', 'search'].includes(one));
  const word = fc.oneof(fc.nat(100), fc.constant(0xffffffff), fc.integer({ min: 0, max: 0xffffffff }));
  fc.assert(
    fc.property(fc.constantFrom(...numbers), fc.nat(), word, (section, at, value) => {
      const words = Uint32Array.from(wordsOf(sections[section]));
      if (words.length > 0) words[at % words.length] = value;
      const bytes = formatIndexFile({ ...sections, [section]: bytesOf(words) });
      try {
        const index = readIndex(bytes, 'x');
        for (const one of index.names()) {
          index.recipe(one);
          index.unread(one);
        }
        index.providers(name('mpi'));
      } catch (error) {
        assert.ok(isFarmError(error), String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
