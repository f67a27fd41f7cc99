import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { runProcess } from '../../core/run-process.ts';
import { bufferSource, openFileSource } from '../byte-source.ts';
import { compareLibraries } from './compare-libraries.ts';
import { type BindingVerdict, findBrokenBindings } from './find-broken-bindings.ts';
import { indexLibraries, type LibrarySet } from './library-set.ts';
import { type ElfInterface, readInterface } from './read-interface.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-abi-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** The source of a library and how it is linked. */
interface LibrarySource {
  readonly text: string;
  readonly soname?: string;
  /** A version script. */
  readonly versions?: string;
}

interface Case {
  readonly says: string;
  readonly before: LibrarySource;
  readonly after: LibrarySource;
  /** The source of a program that uses it; `x.cpp` is C++. */
  readonly user: string;
  readonly language?: 'cpp';
  readonly broken?: BindingVerdict['broken'];
  readonly doubtful?: BindingVerdict['doubtful'];
}

const one = 'int one(void) { return 1; }';
const useOne = 'int one(void); int main(void) { return one(); }';
const x = 'libx.so.1';
const vtable = (more: string) =>
  `struct A { virtual ~A(); virtual int f();${more} }; A::~A() {} int A::f() { return 1; }`;

const cases: readonly Case[] = [
  { says: 'the same library breaks nothing', before: { text: one }, after: { text: one }, user: useOne },
  {
    says: 'a library with more functions, and other code, breaks nothing',
    before: { text: one },
    after: { text: 'int one(void) { return 2; } int two(void) { return one() * 2; }' },
    user: useOne,
  },
  {
    says: 'a function that is gone breaks its user',
    before: { text: one },
    after: { text: 'int two(void) { return 2; }' },
    user: useOne,
    broken: [{ what: 'symbol', library: x, symbol: 'one' }],
  },
  {
    says: 'a function that is gone and that nobody uses breaks nothing',
    before: { text: `${one} int two(void) { return 2; }` },
    after: { text: one },
    user: useOne,
  },
  {
    says: 'a function that a program can live without is doubtful when it is gone',
    before: { text: one },
    after: { text: 'int two(void) { return 2; }' },
    user: 'int one(void) __attribute__((weak)); int main(void) { return one ? one() : 0; }',
    doubtful: [{ what: 'symbol', library: x, symbol: 'one' }],
  },
  {
    says: 'another soname breaks its user',
    before: { text: one },
    after: { text: one, soname: 'libx.so.2' },
    user: useOne,
    broken: [{ what: 'library', library: x }],
  },
  {
    says: 'a version that is not defined any more breaks who needs it',
    before: { text: one, versions: 'X_1 { one; };' },
    after: { text: one, versions: 'X_2 { one; };' },
    user: useOne,
    broken: [{ what: 'version', library: x, symbol: 'X_1' }],
  },
  {
    says: 'a function that has left its version breaks who needs it there',
    before: { text: one, versions: 'X_1 { one; }; X_2 { two; };' },
    after: { text: `${one} int two(void) { return 1; }`, versions: 'X_1 { two; }; X_2 { one; };' },
    user: useOne,
    broken: [{ what: 'symbol', library: x, symbol: 'one@X_1' }],
  },
  {
    says: 'a version added to a function that had none breaks nothing',
    before: { text: one },
    after: { text: one, versions: 'X_1 { one; };' },
    user: useOne,
  },
  {
    says: 'data of another size breaks a program that holds a copy of it',
    before: { text: 'int table[4] = {1, 2, 3, 4};' },
    after: { text: 'int table[6] = {1, 2, 3, 4, 5, 6};' },
    user: 'extern int table[]; int main(void) { return table[1]; }',
    broken: [{ what: 'copy', library: x, symbol: 'table', sizes: [16, 24] }],
  },
  {
    says: 'data that has become code breaks its user',
    before: { text: 'int one = 1;' },
    after: { text: one },
    user: 'extern int one; int main(void) { return one; }',
    broken: [{ what: 'kind', library: x, symbol: 'one' }],
  },
  {
    says: 'a table of virtual functions of another size breaks who derives from the class',
    before: { text: vtable('') },
    after: { text: vtable(' virtual int g() { return 2; }') },
    user: 'struct A { virtual ~A(); virtual int f(); }; struct B : A { int f() override { return 3; } }; int main() { A a; B b; return a.f() + b.f(); }',
    language: 'cpp',
    broken: [{ what: 'vtable', library: x, symbol: '_ZTV1A', sizes: [40, 48] }],
  },
];

for (const [
  index,
  { says, before: old, after: now, user, language = 'c', broken = [], doubtful = [] },
] of cases.entries()) {
  test(says, async () => {
    const at = join(folder, String(index));
    const sets = [
      await compileLibrary(join(at, 'old'), old, language),
      await compileLibrary(join(at, 'new'), now, language),
    ];
    await writeFile(join(at, `user.${language}`), user);
    await run(at, [
      compilerOf(language),
      `user.${language}`,
      '-o',
      'user',
      '-Lold',
      '-lx',
      '-Wl,--unresolved-symbols=ignore-all',
    ]);
    const file = await interfaceOf(join(at, 'user'));
    const verdict = findBrokenBindings(file, { before: sets[0]!, after: sets[1]! });
    assert.deepEqual(verdict, { isUser: true, broken, doubtful });
  });
}

test('a symbol that the neighbours of a file have does not count as taken from a package that it does not name', async () => {
  const at = join(folder, 'own');
  const [old, now] = [
    await compileLibrary(join(at, 'old'), { text: one }, 'c'),
    await compileLibrary(join(at, 'new'), { text: 'int two(void) { return 2; }' }, 'c'),
  ];
  await writeFile(join(at, 'plugin.c'), 'int one(void); int plugin(void) { return one(); }');
  await run(at, ['gcc', '-shared', '-fPIC', 'plugin.c', '-o', 'plugin.so']);
  const file = await interfaceOf(join(at, 'plugin.so'));
  const change = { before: old, after: now };
  assert.deepEqual(findBrokenBindings(file, change, new Set(['one'])), { isUser: false, broken: [], doubtful: [] });
  assert.equal(findBrokenBindings(file, change).broken.length, 1);
});

test('libraries are compared by what they export', async () => {
  const at = join(folder, 'compare');
  const [old, now] = [
    await compileLibrary(join(at, 'old'), { text: `${one} int two(void) { return 2; }` }, 'c'),
    await compileLibrary(join(at, 'new'), { text: `${one} int three(void) { return 3; }` }, 'c'),
  ];
  assert.deepEqual(compareLibraries(old, old), []);
  assert.deepEqual(compareLibraries(old, now), [{ library: x, added: ['three'], removed: ['two'] }]);
});

test('no bytes make the reader of interfaces throw or run away', async () => {
  const at = join(folder, 'fuzz');
  await compileLibrary(at, { text: one, versions: 'X_1 { one; };' }, 'c');
  const source = openFileSource(join(at, x));
  const bytes = source.read(0, source.size);
  source.close();
  const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(damage, fc.nat(bytes.length), (changes, length) => {
      const damaged = Buffer.from(bytes);
      for (const [offset, value] of changes) damaged[offset] = value;
      readInterface(bufferSource(damaged));
      readInterface(bufferSource(damaged.subarray(0, length)));
    }),
  );
});

function compilerOf(language: 'c' | 'cpp'): string {
  return language === 'cpp' ? 'g++' : 'gcc';
}

async function compileLibrary(at: string, source: LibrarySource, language: 'c' | 'cpp'): Promise<LibrarySet> {
  const { text, soname = x, versions } = source;
  await mkdir(at, { recursive: true });
  await writeFile(join(at, `x.${language}`), text);
  await writeFile(join(at, 'x.map'), versions ?? '');
  const script = versions === undefined ? [] : ['-Wl,--version-script=x.map'];
  await run(at, [
    compilerOf(language),
    '-shared',
    '-fPIC',
    `-Wl,-soname,${soname}`,
    ...script,
    `x.${language}`,
    '-o',
    soname,
  ]);
  await run(at, ['ln', '-sf', soname, 'libx.so']);
  const files = new Map([[`lib/${soname}`, await interfaceOf(join(at, soname))]]);
  return indexLibraries([{ path: 'lib/libx.so', type: 'symlink', target: soname }], files);
}

async function interfaceOf(path: string): Promise<ElfInterface> {
  const source = openFileSource(path);
  const found = readInterface(source);
  source.close();
  assert.ok(found);
  return found;
}

async function run(cwd: string, argv: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runProcess(argv, { cwd });
  assert.equal(exitCode, 0, stderr);
}
