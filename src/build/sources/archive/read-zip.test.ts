import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { packZip, type ZipFile } from '../../../../test/fakes/pack-archive.ts';
import { isFarmError } from '../../../core/farm-error.ts';
import { defaultArchiveLimits } from './archive-limits.ts';
import { extractArchive } from './extract-archive.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-zip-'));
});
after(() => rm(folder, { recursive: true }));

async function unpack(bytes: Buffer): Promise<string> {
  const place = await mkdtemp(join(folder, 'x-'));
  await writeFile(join(place, 'archive'), bytes);
  await mkdir(join(place, 'out'));
  const limits = { ...defaultArchiveLimits, bytes: 10_000_000 };
  const { top } = await extractArchive(join(place, 'archive'), join(place, 'out'), {
    file: 'a.zip',
    limits,
    strip: true,
  });
  return join(place, 'out', top ?? '');
}

test('a zip archive is unpacked with links, modes and times, stored or deflated, small or large', async () => {
  const big = Buffer.concat([randomBytes(1_500_000), Buffer.alloc(1_500_000)]);
  const out = await unpack(
    packZip([
      { name: 'top/', mode: 0o040700, method: 0 },
      { name: 'top/run', data: '#!/bin/sh\n', mode: 0o100711, mtime: 1_234_567_890 },
      { name: 'top/plain', data: 'abc', mode: 0o100600, method: 0 },
      { name: 'top/deflated', data: big, zip64: true, mtime: 0 },
      { name: 'top/stored', data: big, method: 0 },
      { name: 'top/empty', data: '' },
      { name: 'top/link', data: 'run', mode: 0o120777 },
    ]),
  );
  assert.deepEqual((await readdir(out)).toSorted(), ['deflated', 'empty', 'link', 'plain', 'run', 'stored']);
  assert.deepEqual(await readFile(join(out, 'deflated')), big);
  assert.deepEqual(await readFile(join(out, 'stored')), big);
  assert.equal(await readlink(join(out, 'link')), 'run');
  const [run, plain] = [await stat(join(out, 'run')), await stat(join(out, 'plain'))];
  assert.deepEqual([run.mode & 0o777, plain.mode & 0o777], [0o755, 0o644]);
  assert.deepEqual([run.mtimeMs, plain.mtimeMs], [1_234_567_890_000, Date.UTC(2000, 0, 2)]);
});

/** Written by Info-ZIP 3.0: `top/a` with "abc", and a symbolic link to it. */
const infoZip = [
  'UEsDBAoAAAAAAIxkdF0AAAAAAAAAAAAAAAAEABwAdG9wL1VUCQADxz4Aa8c+AGt1eAsAAQQAAAAABAAAAABQSwMECgAAAAAAjGR0XUO+t+gBAA',
  'AAAQAAAAgAHAB0b3AvbGlua1VUCQADxz4Aa8c+AGt1eAsAAQQAAAAABAAAAABhUEsDBAoAAAAAAO+7TTrCQSQ1AwAAAAMAAAAFABwAdG9wL2FV',
  'VAkAA9IClknSApZJdXgLAAEEAAAAAAQAAAAAYWJjUEsBAh4DCgAAAAAAjGR0XQAAAAAAAAAAAAAAAAQAGAAAAAAAAAAQAO1BAAAAAHRvcC9VVA',
  'UAA8c+AGt1eAsAAQQAAAAABAAAAABQSwECHgMKAAAAAACMZHRdQ7636AEAAAABAAAACAAYAAAAAAAAAAAA/6E+AAAAdG9wL2xpbmtVVAUAA8c+',
  'AGt1eAsAAQQAAAAABAAAAABQSwECHgMKAAAAAADvu006wkEkNQMAAAADAAAABQAYAAAAAAABAAAApIGBAAAAdG9wL2FVVAUAA9IClkl1eAsAAQ',
  'QAAAAABAAAAABQSwUGAAAAAAMAAwDjAAAAwwAAAAAA',
].join('');

test('a zip archive as another program writes it is unpacked', async () => {
  const out = await unpack(Buffer.from(infoZip, 'base64'));
  assert.equal(await readFile(join(out, 'link'), 'utf8'), 'abc');
  assert.equal((await stat(join(out, 'a'))).mtimeMs, 1_234_567_890_000);
});

const refused: readonly (readonly [says: string, code: string, files: readonly ZipFile[]])[] = [
  ['a path that goes up', 'ARCHIVE_UNSAFE', [{ name: '../x', data: 'x' }]],
  ['an absolute path', 'ARCHIVE_UNSAFE', [{ name: '/x', data: 'x' }]],
  ['a link that goes up', 'ARCHIVE_UNSAFE', [{ name: 'l', data: '../x', mode: 0o120777 }]],
  ['a link that is too long', 'ARCHIVE_UNSAFE', [{ name: 'l', data: 'x'.repeat(5000), mode: 0o120777 }]],
  [
    'a file through a link',
    'ARCHIVE_UNSAFE',
    [
      { name: 'l', data: 'd', mode: 0o120777 },
      { name: 'l/x', data: 'x' },
    ],
  ],
  ['a pipe', 'ARCHIVE_UNSAFE', [{ name: 'p', mode: 0o010644 }]],
  [
    'a file that claims to be larger than the limit',
    'ARCHIVE_UNSAFE',
    [{ name: 'a', data: 'x', claimedSize: 20_000_000 }],
  ],
  [
    'a file that is larger than it claims',
    'ARCHIVE_INVALID',
    [{ name: 'a', data: Buffer.alloc(5_000_000), claimedSize: 100 }],
  ],
  [
    'a large file that is larger than it claims',
    'ARCHIVE_INVALID',
    [{ name: 'a', data: Buffer.alloc(9_000_000), claimedSize: 2_000_000 }],
  ],
  ['a file that is smaller than it claims', 'ARCHIVE_INVALID', [{ name: 'a', data: 'x', claimedSize: 100 }]],
  ['a wrong checksum', 'ARCHIVE_INVALID', [{ name: 'a', data: 'x', crc: 1 }]],
  ['an encrypted file', 'ARCHIVE_INVALID', [{ name: 'a', data: 'x', flags: 1 }]],
  ['another compression', 'ARCHIVE_INVALID', [{ name: 'a', data: 'x', method: 12 }]],
  ['nothing', 'ARCHIVE_INVALID', []],
];

for (const [says, code, files] of refused) {
  test(`a zip archive with ${says} is refused`, async () => {
    await assert.rejects(unpack(packZip(files)), { code });
  });
}

test('a zip archive that is truncated or damaged is refused', async () => {
  const whole = packZip([
    { name: 'a', data: 'abc' },
    { name: 'b', data: 'abc' },
  ]);
  for (let length = 0; length < whole.length; length += 7) {
    await assert.rejects(unpack(whole.subarray(0, length)), { code: 'ARCHIVE_INVALID' });
  }
});

test('a zip archive ends with a FarmError or well, whatever bytes are changed', async () => {
  const whole = packZip([
    { name: 'a/b', data: 'abc'.repeat(50), zip64: true, mtime: 5 },
    { name: 'c', data: 'd', mode: 0o120777 },
  ]);
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 5 }), async (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes[at] = byte;
      await unpack(bytes).catch((error: unknown) => assert.ok(isFarmError(error), `${error}`));
    }),
    { numRuns: 200 },
  );
});
