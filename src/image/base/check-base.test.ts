import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageElf, PackageManifest } from '../../model/package-manifest.ts';
import { type BaseFacts, emptyBaseFacts, observeBase } from './base-facts.ts';
import { checkBase, checkFolders, demandsOf } from './check-base.ts';

const manifest = (storeName: string, elf: readonly PackageElf[], links: readonly string[] = []) =>
  ({
    storeName,
    elf,
    entries: [...elf.map(({ path }) => ({ path, type: 'file' })), ...links.map((path) => ({ path, type: 'symlink' }))],
  }) as unknown as PackageManifest;

const packages = [
  manifest('x-1', [{ path: 'bin/x', needed: ['liby.so.2', 'libz.so', 'libX11.so.6', 'libc.so.6'], glibc: '2.34' }]),
  manifest('y-1', [{ path: 'lib/liby-2.1.so', soname: 'liby.so.2', needed: ['libc.so.6'], glibc: '2.36' }]),
  manifest('z-1', [{ path: 'lib/libz.so.1', needed: [] }], ['lib/libz.so']),
];

const base = (more: Partial<BaseFacts> = {}) => ({
  name: 'debian:12',
  facts: { ...emptyBaseFacts, libraries: new Set(['libc.so.6', 'libX11.so.6']), glibc: '2.36', ...more },
});

test('what packages load and none of them has is asked of the base', () => {
  const { libraries, glibc } = demandsOf(packages);
  assert.deepEqual(libraries, [
    { name: 'libX11.so.6', neededBy: { storeName: 'x-1', path: 'bin/x' } },
    { name: 'libc.so.6', neededBy: { storeName: 'x-1', path: 'bin/x' } },
  ]);
  assert.deepEqual(glibc, { version: '2.36', storeName: 'y-1', path: 'lib/liby-2.1.so' });
});

test('a base that has all of it is fine', () => checkBase(demandsOf(packages), base()));

test('a base that lacks a library is BASE_UNSUITABLE with its name, what needs it, and the package that brings it', () => {
  const lacking = base({ libraries: new Set(['libc.so.6']) });
  assert.throws(() => checkBase(demandsOf(packages), lacking, () => 'libx11-6'), {
    code: 'BASE_UNSUITABLE',
    message: /debian:12.* has no libX11\.so\.6, which "bin\/x" of x-1 needs/,
    hint: 'On Debian it is in libx11-6',
  });
});

for (const [glibc, says] of [
  ['2.31', /has glibc 2\.31, and "lib\/liby-2\.1\.so" of y-1 needs glibc 2\.36/],
  [undefined, /has no glibc/],
] as const) {
  test(`a base with glibc ${glibc} is BASE_UNSUITABLE`, () => {
    assert.throws(() => checkBase(demandsOf(packages), base({ glibc })), { code: 'BASE_UNSUITABLE', message: says });
  });
}

test('a base is known by the libraries in folders of the loader, the newest version in its C library, and its shell', () => {
  const observer = observeBase();
  const seen = [
    ['usr', 'directory'],
    ['lib', 'symlink'],
    ['usr/bin/sh', 'symlink'],
    ['usr/lib/x86_64-linux-gnu/libX11.so.6', 'symlink'],
    ['usr/lib/python3/libno.so', 'file'],
    ['usr/lib64/libgone.so.1', 'file'],
    ['usr/lib64/libgone.so.1', 'removal'],
  ] as const;
  for (const [path, type] of seen) assert.equal(observer.see(path, type), false);
  assert.equal(observer.see('usr/lib/x86_64-linux-gnu/libc.so.6', 'file'), true);
  observer.read(Buffer.from('x\0GLIBC_2.2.5\0GLIBC_2.9\0GLIBC_2.36\0GLIBC_PRIVATE\0'));
  const facts = observer.facts();
  assert.deepEqual([...facts.libraries].toSorted(), ['libX11.so.6', 'libc.so.6']);
  assert.equal(facts.glibc, '2.36');
  assert.equal(facts.hasShell, true);
  assert.throws(() => checkFolders(['etc', 'lib'], { name: 'b', facts }), {
    code: 'BASE_UNSUITABLE',
    message: /its \/lib is no folder/,
  });
});
