import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../core/digest.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { sampleDraft } from '../sample-prefix.ts';
import { formatPackageManifest, parsePackageManifest } from './parse-manifest.ts';
import { comparePaths, isSafePath } from './safe-path.ts';

const root = '/binfarm/xxxxxxxx';
const digest = digestOf('content');
const file = (path: string, size = 100) => ({ path, type: 'file', mode: 0o644, size, digest });
const folder = (path: string) => ({ path, type: 'directory', mode: 0o755 });
const link = (path: string, target: string) => ({ path, type: 'symlink', target });

const good = {
  ...sampleDraft(root, 'good'),
  entries: [
    folder('a'),
    file('a/b'),
    { path: 'a/c', type: 'hardlink', target: 'a/b' },
    link('l', `${root}/store/x`),
    { ...file('z', 0), digest: digestOf('') },
  ],
  relocations: [
    { path: 'a/b', kind: 'binary', offsets: [0, 17] },
    { path: 'l', kind: 'symlink', offsets: [0] },
  ],
  notRelocatable: [],
  elf: [{ path: 'a/b', needed: ['libc.so.6'], glibc: '2.34' }],
};

const parse = (value: unknown) => parsePackageManifest(Buffer.from(formatCanonicalJson(value)));

test('a manifest that was formatted parses to the same', () => {
  const parsed = parse(good);
  assert.deepEqual(parsed, good);
  assert.deepEqual(parsePackageManifest(formatPackageManifest(parsed)), parsed);
});

for (const place of ['/home/me/.local/nova', '/data/a@b+c%d,e', '/home/é', '/..a/b..']) {
  test(`an installed package may name "${place}" as its root`, () => {
    const moved = {
      ...good,
      root: place,
      entries: good.entries.filter(({ type }) => type !== 'symlink'),
      relocations: [],
    };
    assert.equal(parse(moved).root, place);
  });
}

const hostile: readonly { says: string; change: object }[] = [
  { says: 'a path that climbs', change: { entries: [file('../x')], relocations: [], elf: [] } },
  { says: 'a path that climbs later', change: { entries: [folder('a'), file('a/../../x')], relocations: [], elf: [] } },
  { says: 'an absolute path', change: { entries: [file('/etc/passwd')], relocations: [], elf: [] } },
  { says: 'a path with NUL', change: { entries: [file('a\0b')], relocations: [], elf: [] } },
  { says: 'a path with a line feed', change: { entries: [file('a\nb')], relocations: [], elf: [] } },
  { says: 'an empty path', change: { entries: [file('')], relocations: [], elf: [] } },
  { says: 'a path that ends in a slash', change: { entries: [folder('a/')], relocations: [], elf: [] } },
  {
    says: 'a path in binfarm’s own folder',
    change: { entries: [file('.binfarm/package.json')], relocations: [], elf: [] },
  },
  { says: 'a deletion mark of layers', change: { entries: [file('.wh.x')], relocations: [], elf: [] } },
  { says: 'a path of 1,025 bytes', change: { entries: [file(`${'a'.repeat(1025)}`)], relocations: [], elf: [] } },
  { says: 'a lone surrogate', change: { entries: [file('a\ud800')], relocations: [], elf: [] } },
  { says: 'the same name twice', change: { entries: [file('a'), file('a')], relocations: [], elf: [] } },
  { says: 'names out of order', change: { entries: [file('b'), file('a')], relocations: [], elf: [] } },
  {
    says: 'a file below a symbolic link',
    change: { entries: [link('a', '/'), file('a/b')], relocations: [], elf: [] },
  },
  { says: 'a file below a file', change: { entries: [file('a'), file('a/b')], relocations: [], elf: [] } },
  { says: 'a file in a folder that is not listed', change: { entries: [file('a/b')], relocations: [], elf: [] } },
  {
    says: 'a hard link to something outside',
    change: { entries: [{ path: 'a', type: 'hardlink', target: '../x' }], relocations: [], elf: [] },
  },
  {
    says: 'a hard link to a later file',
    change: { entries: [{ path: 'a', type: 'hardlink', target: 'b' }, file('b')], relocations: [], elf: [] },
  },
  { says: 'a setuid file', change: { entries: [{ ...file('a'), mode: 0o4755 }], relocations: [], elf: [] } },
  { says: 'a negative size', change: { entries: [file('a', -1)], relocations: [], elf: [] } },
  { says: 'a size that is no whole number', change: { entries: [file('a', 1.5)], relocations: [], elf: [] } },
  { says: 'a size of 2^50', change: { entries: [file('a', 2 ** 50)], relocations: [], elf: [] } },
  { says: 'an empty file with a digest of something', change: { entries: [file('a', 0)], relocations: [], elf: [] } },
  { says: 'a device', change: { entries: [{ path: 'a', type: 'device' }], relocations: [], elf: [] } },
  { says: 'an unknown key', change: { surprise: true } },
  { says: 'a root that climbs', change: { root: '/binfarm/..' } },
  { says: 'a root that is the whole machine', change: { root: '/' } },
  { says: 'a root with a space', change: { root: '/a b' } },
  { says: 'a root with a quote', change: { root: '/a"b' } },
  { says: 'a root with a double slash', change: { root: '/a//b' } },
  { says: 'a root that is relative', change: { root: 'binfarm' } },
  { says: 'a root of 1,000 bytes', change: { root: `/${'a'.repeat(1000)}` } },
  { says: 'a store name that climbs', change: { storeName: `good-/../-${good.buildHash.slice(0, 20)}` } },
  { says: 'the store name of another build', change: { storeName: 'good-1.0-00000000000000000000' } },
  { says: 'a relocation out of the file', change: { relocations: [{ path: 'a/b', kind: 'text', offsets: [84] }] } },
  { says: 'relocations that overlap', change: { relocations: [{ path: 'a/b', kind: 'text', offsets: [0, 16] }] } },
  { says: 'relocations out of order', change: { relocations: [{ path: 'a/b', kind: 'text', offsets: [40, 0] }] } },
  { says: 'a relocation of nothing', change: { relocations: [{ path: 'a/b', kind: 'text', offsets: [] }] } },
  { says: 'a relocation of a folder', change: { relocations: [{ path: 'a', kind: 'text', offsets: [0] }] } },
  {
    says: 'a relocated link that is a file',
    change: { relocations: [{ path: 'a/b', kind: 'symlink', offsets: [0] }] },
  },
  { says: 'an ELF description of nothing', change: { elf: [{ path: 'nothing', needed: [] }] } },
];

for (const { says, change } of hostile) {
  test(`parsePackageManifest refuses ${says}`, () => {
    assert.throws(() => parse({ ...good, ...change }), { code: 'PACKAGE_DAMAGED' });
  });
}

test('parsePackageManifest refuses JSON that is not canonical', () => {
  assert.throws(() => parsePackageManifest(Buffer.from(`${formatCanonicalJson(good)}\n`)), { code: 'PACKAGE_DAMAGED' });
  const twice = formatCanonicalJson(good).replace('"name":"good"', '"name":"evil","name":"good"');
  assert.throws(() => parsePackageManifest(Buffer.from(twice)), { code: 'PACKAGE_DAMAGED' });
});

test('parsePackageManifest answers anything with PACKAGE_DAMAGED', () => {
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.json().map(Buffer.from));
  fc.assert(
    fc.property(bytes, (value) => {
      assert.throws(
        () => parsePackageManifest(Buffer.from(value)),
        (error) => isFarmError(error, 'PACKAGE_DAMAGED'),
      );
    }),
  );
  const deep = '['.repeat(1_000_000);
  assert.throws(() => parsePackageManifest(Buffer.from(deep)), { code: 'PACKAGE_DAMAGED' });
});

test('formatPackageManifest refuses to pack what no reader would take', () => {
  const bad = { ...good, entries: [file('.wh.x')], relocations: [], elf: [] };
  assert.throws(() => formatPackageManifest(bad as never), { code: 'PACKAGE_REJECTED' });
});

test('paths are ordered by their bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      assert.equal(Math.sign(comparePaths(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

const paths: readonly { path: string; safe: boolean }[] = [
  { path: 'a', safe: true },
  { path: 'a/b.c/-d', safe: true },
  { path: '..a/...', safe: true },
  { path: '.binfarmer', safe: true },
  { path: 'a/.binfarm', safe: true },
  { path: 'x.wh.', safe: true },
  { path: '日本/🙂', safe: true },
  { path: 'ä'.repeat(127), safe: true },
  { path: 'ä'.repeat(128), safe: false },
  { path: 'a/./b', safe: false },
  { path: 'a//b', safe: false },
  { path: '🙂/../b', safe: false },
  { path: 'a/.wh..wh..opq', safe: false },
  { path: '.binfarm', safe: false },
  { path: 'a'.repeat(256), safe: false },
];

for (const { path, safe } of paths) {
  test(`a package ${safe ? 'can' : 'cannot'} have the path ${JSON.stringify(path).slice(0, 40)}`, () => {
    assert.equal(isSafePath(path), safe);
  });
}
