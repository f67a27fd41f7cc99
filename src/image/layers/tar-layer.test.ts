import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { digestOf } from '../../core/digest.ts';
import { isFarmError } from '../../core/farm-error.ts';
import type { RootEntry } from '../root-tree.ts';
import { tarLayer } from './tar-layer.ts';

const folder = mkdtempSync(join(tmpdir(), 'binfarm-tar-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const time = 1_600_000_000;

type Member = Partial<Header> & { readonly name: string; readonly content?: string };

async function tarOf(...members: readonly Member[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of members) {
    tar.entry({ mtime: new Date(time * 1000), mode: 0o644, ...header }, Buffer.from(content));
  }
  tar.finalize();
  const parts: Buffer[] = [];
  for await (const part of tar) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The entries, with the content of files as text. */
async function entriesOf(bytes: Buffer, digest = digestOf(bytes)): Promise<object[]> {
  const path = join(folder, 'layer');
  writeFileSync(path, bytes);
  const found: object[] = [];
  for await (const entry of tarLayer('sample', path, { digest }).entries()) {
    found.push(entry.type === 'file' ? { ...entry, content: await textOf(entry) } : entry);
  }
  return found;
}

async function textOf({ content }: RootEntry & { type: 'file' }): Promise<string> {
  if (Buffer.isBuffer(content)) return content.toString();
  const parts: Buffer[] = [];
  for await (const part of content()) parts.push(part);
  return Buffer.concat(parts).toString();
}

const text = 'some text\n'.repeat(100_000);
const members: readonly Member[] = [
  { name: './', type: 'directory', mode: 0o755 },
  { name: './etc/', type: 'directory', mode: 0o700 },
  { name: './etc/é', content: 'name' },
  { name: `./${'n'.repeat(120)}/long`, content: text },
  { name: '/absolute', mode: 0o4755, uid: 5, gid: 6 },
  { name: 'link', type: 'symlink', linkname: '../x' },
  { name: 'hard', type: 'link', linkname: './etc/é' },
  { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 },
  { name: './etc/.wh.passwd' },
  { name: 'opt/.wh..wh..opq' },
  { name: '.wh..wh..opq' },
  { name: '.wh.top' },
  { name: 'opt/.wh..wh.plnk' },
];
const entries = [
  { type: 'directory', path: '', mode: 0o755, time },
  { type: 'directory', path: 'etc', mode: 0o700, time },
  { type: 'file', path: 'etc/é', mode: 0o644, time, size: 4, content: 'name' },
  { type: 'file', path: `${'n'.repeat(120)}/long`, mode: 0o644, time, size: text.length, content: text },
  { type: 'file', path: 'absolute', mode: 0o4755, time, size: 0, content: '' },
  { type: 'symlink', path: 'link', time, target: '../x' },
  { type: 'hardlink', path: 'hard', target: 'etc/é' },
  { type: 'removal', what: 'path', path: 'etc/passwd' },
  { type: 'removal', what: 'contents', path: 'opt' },
  { type: 'removal', what: 'contents', path: '' },
  { type: 'removal', what: 'path', path: 'top' },
];

/** As eStargz and zstd:chunked layers are: many compressed parts, and skippable ones. */
function inPieces(bytes: Buffer, compress: (piece: Buffer) => Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 100_000) pieces.push(compress(bytes.subarray(at, at + 100_000)));
  return Buffer.concat(pieces);
}
const skippable = Buffer.from('502a4d1803000000616263', 'hex');

const forms: readonly { says: string; of: (tar: Buffer) => Buffer }[] = [
  { says: 'as it is', of: (tar) => tar },
  { says: 'gzip', of: (tar) => gzipSync(tar) },
  { says: 'gzip in pieces', of: (tar) => inPieces(tar, gzipSync) },
  { says: 'zstd', of: (tar) => zstdCompressSync(tar) },
  { says: 'zstd in pieces', of: (tar) => Buffer.concat([inPieces(tar, zstdCompressSync), skippable]) },
];

for (const { says, of } of forms) {
  test(`a foreign layer, ${says}, gives its entries`, async () => {
    assert.deepEqual(await entriesOf(of(await tarOf(...members))), entries);
  });
}

test('contents that nobody reads are passed over', async () => {
  const path = join(folder, 'unread');
  writeFileSync(path, await tarOf(...members));
  let count = 0;
  for await (const _ of tarLayer('sample', path).entries()) count++;
  assert.equal(count, entries.length);
});

test('a reader that stops early leaves nothing open', async () => {
  const path = join(folder, 'stopped');
  writeFileSync(path, gzipSync(await tarOf(...members)));
  for await (const entry of tarLayer('sample', path).entries()) if (entry.type === 'file') break;
});

const sparse: Member = { name: 'sparse', content: 'x', pax: { 'GNU.sparse.major': '1' } };

const broken: readonly { says: string; bytes: () => Promise<Buffer>; message: RegExp }[] = [
  {
    says: 'ends within a file',
    bytes: async () => (await tarOf(...members)).subarray(0, 100_000),
    message: /^Cannot read the layer "sample": it is truncated or damaged$/,
  },
  {
    says: 'ends within its compressed form',
    bytes: async () => gzipSync(await tarOf(...members)).subarray(0, 1000),
    message: /truncated or damaged/,
  },
  {
    says: 'ends within its zstd form',
    bytes: async () => zstdCompressSync(await tarOf(...members)).subarray(0, 500),
    message: /truncated or damaged/,
  },
  {
    says: 'is no tar',
    bytes: async () => Buffer.alloc(2000, 'no tar'),
    message: /truncated or damaged/,
  },
  {
    says: 'has a sparse file',
    bytes: () => tarOf(sparse),
    message: /"sparse" is a sparse file, which is not supported/,
  },
];

for (const { says, bytes, message } of broken) {
  test(`a foreign layer that ${says} is refused`, async () => {
    await assert.rejects(
      bytes().then((made) => entriesOf(made)),
      (error) => isFarmError(error, 'ARCHIVE_INVALID') && message.test(error.message),
    );
  });
}

test('a foreign layer with another digest is refused', async () => {
  const made = await tarOf(...members);
  await assert.rejects(entriesOf(made, digestOf('x')), (error) => isFarmError(error, 'ARCHIVE_INVALID'));
});
