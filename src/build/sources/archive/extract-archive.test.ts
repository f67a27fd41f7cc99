import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { packTar, type TarEntry } from '../../../../test/fakes/pack-archive.ts';
import { isFarmError } from '../../../core/farm-error.ts';
import { archiveKindOf } from './archive-kind.ts';
import { defaultArchiveLimits } from './archive-limits.ts';
import { type ExtractContext, extractArchive } from './extract-archive.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-archive-'));
});
after(() => rm(folder, { recursive: true }));

const context: ExtractContext = { file: 'a.tar', limits: defaultArchiveLimits, strip: true };

/** Unpacks bytes into a new folder and gives its path. */
async function unpack(bytes: Buffer, more: Partial<ExtractContext> = {}): Promise<string> {
  const place = await mkdtemp(join(folder, 'x-'));
  await writeFile(join(place, 'archive'), bytes);
  await mkdir(join(place, 'out'));
  const { top } = await extractArchive(join(place, 'archive'), join(place, 'out'), { ...context, ...more });
  return join(place, 'out', top ?? '');
}

const big = randomBytes(700_000);
const entries: readonly TarEntry[] = [
  { name: 'top-1.0/', type: 'directory', mtime: new Date(1_000_000_000_000), mode: 0o700 },
  { name: 'top-1.0/configure', data: '#!/bin/sh\n', mode: 0o4775, mtime: new Date(1_100_000_000_000) },
  { name: `top-1.0/${'long/'.repeat(40)}name`, data: 'far', mode: 0o600 },
  { name: 'top-1.0/big', data: big, mtime: new Date(1_200_000_000_000) },
];

const packers: Readonly<Record<string, (tar: Buffer) => Buffer>> = {
  'a plain tar': (tar) => tar,
  'tar.gz': (tar) => gzipSync(tar),
  'tar.gz of several members': (tar) => Buffer.concat([gzipSync(tar.subarray(0, 5000)), gzipSync(tar.subarray(5000))]),
  'tar.zst': (tar) => zstdCompressSync(tar),
  'tar.zst of several frames': (tar) => {
    const skippable = Buffer.from('502a4d1803000000616263', 'hex');
    return Buffer.concat([
      skippable,
      zstdCompressSync(tar.subarray(0, 5000)),
      skippable,
      zstdCompressSync(tar.subarray(5000)),
    ]);
  },
  'tar.xz': (tar) => execFileSync('xz', ['-c'], { input: tar, maxBuffer: 1 << 24 }),
  'tar.bz2': (tar) => execFileSync('bzip2', ['-c'], { input: tar, maxBuffer: 1 << 24 }),
};

for (const [says, pack] of Object.entries(packers)) {
  test(`extractArchive unpacks ${says}, with times and modes and without the top folder`, async () => {
    const out = await unpack(pack(await packTar(entries)));
    assert.deepEqual((await readdir(out)).toSorted(), ['big', 'configure', 'long']);
    assert.deepEqual(await readFile(join(out, 'big')), big);
    assert.equal(await readFile(join(out, `${'long/'.repeat(40)}name`), 'utf8'), 'far');
    const [configure, name] = [await stat(join(out, 'configure')), await stat(join(out, `${'long/'.repeat(40)}name`))];
    assert.deepEqual([configure.mode & 0o7777, name.mode & 0o7777], [0o755, 0o644]);
    assert.equal(configure.mtimeMs, 1_100_000_000_000);
    assert.equal((await stat(out)).mtimeMs, 1_000_000_000_000);
  });

  test(`extractArchive finds that ${says} is truncated, wherever it breaks off`, async () => {
    const whole = pack(await packTar(entries));
    for (const share of [0.3, 0.6, 0.99]) {
      await assert.rejects(unpack(whole.subarray(0, Math.floor(whole.length * share))), { code: 'ARCHIVE_INVALID' });
    }
  });
}

test('extractArchive finds that a tar ends between two entries or after its last', async () => {
  const tar = await packTar([
    { name: 'a', data: 'a' },
    { name: 'b', data: '' },
  ]);
  for (const length of [512, 1024, 1536]) {
    await assert.rejects(unpack(tar.subarray(0, length)), { code: 'ARCHIVE_INVALID' });
  }
});

const invalid: readonly (readonly [says: string, bytes: () => Buffer | Promise<Buffer>])[] = [
  ['nothing', () => Buffer.alloc(0)],
  ['a text', () => Buffer.from('<html>not found</html>'.repeat(100))],
  ['a tar without entries', () => Buffer.alloc(10_240)],
  ['a compressed file that is no tar', () => gzipSync('int main() { return 0; }'.repeat(100))],
  ['a damaged gzip', async () => Buffer.concat([gzipSync(await packTar(entries)).subarray(0, 100), randomBytes(1000)])],
  [
    'garbage between entries',
    async () => Buffer.concat([(await packTar([{ name: 'a', data: 'a' }])).subarray(0, 1024), randomBytes(2048)]),
  ],
  [
    'an entry below a file',
    () =>
      packTar([
        { name: 'a', data: 'a' },
        { name: 'a/b', data: 'b' },
      ]),
  ],
  [
    'a file that is a folder too',
    () =>
      packTar([
        { name: 'a/b', data: 'b' },
        { name: 'a', data: 'a' },
      ]),
  ],
  ['a file without a name', () => packTar([{ name: './', data: 'b', type: 'file' }])],
  ['a sparse file', () => packTar([{ name: 'a', data: 'b', pax: { 'GNU.sparse.major': '1' } }])],
];

for (const [says, bytes] of invalid) {
  test(`extractArchive refuses ${says}`, async () => {
    await assert.rejects(async () => unpack(await bytes()), { code: 'ARCHIVE_INVALID' });
  });
}

test('extractArchive makes links inside the tree, hard links, and keeps the last of two entries of one name', async () => {
  const out = await unpack(
    await packTar([
      { name: 't/lib/liba.so.1', data: 'one' },
      { name: 't/lib/liba.so', type: 'symlink', linkname: 'liba.so.1' },
      { name: 't/include', type: 'symlink', linkname: './lib/../lib' },
      { name: 't/nowhere', type: 'symlink', linkname: 'lib/none' },
      { name: 't/loop', type: 'symlink', linkname: 'loop' },
      { name: 't/hard', type: 'link', linkname: 't/lib/liba.so.1' },
      { name: 't/hard-to-link', type: 'link', linkname: 't/lib/liba.so' },
      { name: 't/lib/liba.so.1', data: 'two' },
      { name: 't/loop', data: 'a file now' },
    ]),
  );
  assert.equal(await readFile(join(out, 'include/liba.so'), 'utf8'), 'two');
  assert.equal(await readFile(join(out, 'hard'), 'utf8'), 'one');
  assert.equal(await readlink(join(out, 'hard-to-link')), 'liba.so.1');
  assert.equal(await readlink(join(out, 'nowhere')), 'lib/none');
  assert.equal(await readFile(join(out, 'loop'), 'utf8'), 'a file now');
});

const tops: readonly (readonly [says: string, entries: readonly TarEntry[], names: readonly string[]])[] = [
  [
    'removes a top folder that is not an entry of its own',
    [
      { name: './t/a', data: '' },
      { name: 't/b', data: '' },
    ],
    ['a', 'b'],
  ],
  [
    'keeps two top folders',
    [
      { name: 's/a', data: '' },
      { name: 't/b', data: '' },
    ],
    ['s', 't'],
  ],
  [
    'keeps a file beside the folder',
    [
      { name: 's/a', data: '' },
      { name: 'README', data: '' },
    ],
    ['README', 's'],
  ],
  ['keeps a single file', [{ name: 'a.h', data: '' }], ['a.h']],
  ['removes one folder only', [{ name: 's/t/a', data: '' }], ['t']],
];

for (const [says, list, names] of tops) {
  test(`extractArchive ${says}`, async () => {
    assert.deepEqual((await readdir(await unpack(await packTar(list)))).toSorted(), names);
  });
}

test('extractArchive keeps the top folder when it is told to', async () => {
  assert.deepEqual(await readdir(await unpack(await packTar([{ name: 's/a', data: '' }]), { strip: false })), ['s']);
});

test('extractArchive keeps names that are not UTF-8 and times before 1970 or without sense do no harm', async () => {
  const tar = await packTar([
    { name: 'caf#', data: 'x', mtime: new Date(-5000) },
    { name: 'b', data: 'x', pax: { mtime: 'never' } },
  ]);
  const at = tar.indexOf('caf#') + 3;
  tar[at] = 0xe9;
  const sum = tar
    .subarray(0, 512)
    .reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const names = await readdir(await unpack(tar), { encoding: 'latin1' });
  assert.deepEqual(names.toSorted(), ['b', 'caf\xe9']);
});

test('extractArchive uses the times of pax headers', async () => {
  const out = await unpack(await packTar([{ name: 'a', data: 'x', pax: { mtime: '1234567890.5' } }]));
  assert.equal((await stat(join(out, 'a'))).mtimeMs, 1_234_567_890_500);
});

test('extractArchive stops when it is told to', async () => {
  const tar = await packTar(entries);
  await assert.rejects(unpack(tar, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  const xz = execFileSync('xz', ['-c'], { input: tar, maxBuffer: 1 << 24 });
  await assert.rejects(unpack(xz, { signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('extractArchive says which program is missing', async () => {
  const path = process.env.PATH;
  const xz = execFileSync('xz', ['-c'], { input: await packTar(entries), maxBuffer: 1 << 24 });
  process.env.PATH = '/no/such/folder';
  try {
    await assert.rejects(unpack(xz), { code: 'TOOL_MISSING', hint: /xz-utils/ });
  } finally {
    process.env.PATH = path;
  }
});

test('extractArchive ends with a FarmError or well, whatever bytes are changed', async () => {
  const whole = await packTar(entries.slice(0, 3));
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(2), async (changes, form) => {
      const bytes = Buffer.from([whole, gzipSync(whole), zstdCompressSync(whole)][form]!);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      await unpack(bytes).catch((error: unknown) => assert.ok(isFarmError(error), `${error}`));
    }),
    { numRuns: 150 },
  );
});

test('archiveKindOf throws at nothing', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void archiveKindOf(bytes)));
});
