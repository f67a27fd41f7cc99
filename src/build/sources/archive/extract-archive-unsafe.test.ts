import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packTar, type TarEntry } from '../../../../test/fakes/pack-archive.ts';
import { type ArchiveLimits, defaultArchiveLimits } from './archive-limits.ts';
import { extractArchive } from './extract-archive.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-unsafe-'));
});
after(() => rm(folder, { recursive: true }));

async function unpack(tar: Buffer, limits: Partial<ArchiveLimits> = {}): Promise<void> {
  const place = await mkdtemp(join(folder, 'x-'));
  await writeFile(join(place, 'archive'), tar);
  await mkdir(join(place, 'out'));
  const context = { file: 'a.tar', limits: { ...defaultArchiveLimits, ...limits }, strip: true };
  await extractArchive(join(place, 'archive'), join(place, 'out'), context);
}

const unsafe: readonly (readonly [says: string, entries: readonly TarEntry[]])[] = [
  ['an absolute path', [{ name: '/etc/passwd', data: 'x' }]],
  ['a path that goes up', [{ name: '../x', data: 'x' }]],
  ['a path that goes up in the middle', [{ name: 'a/../../x', data: 'x' }]],
  ['a path in a pax header that goes up', [{ name: 'a', data: 'x', pax: { path: '../x' } }]],
  ['a zero byte in a name', [{ name: 'a', data: 'x', pax: { path: 'a\0b' } }]],
  ['a name that is too long for a folder', [{ name: 'n'.repeat(256), data: 'x' }]],
  ['a path that is too long', [{ name: 'n/'.repeat(600), type: 'directory' }]],
  ['a link to an absolute path', [{ name: 'a', type: 'symlink', linkname: '/etc' }]],
  [
    'a link that goes up',
    [
      { name: 'd/a', type: 'symlink', linkname: '../../x' },
      { name: 'b', data: '' },
    ],
  ],
  [
    'a link out of the top folder',
    [
      { name: 'top/a', type: 'symlink', linkname: '../b' },
      { name: 'top/b', data: '' },
    ],
  ],
  [
    'two links that together go up',
    [
      { name: 'a/b/up', type: 'symlink', linkname: '../..' },
      { name: 'a/b/evil', type: 'symlink', linkname: 'up/../x' },
      { name: 'c', data: '' },
    ],
  ],
  [
    'a file through a link',
    [
      { name: 'l', type: 'symlink', linkname: 'd' },
      { name: 'l/x', data: 'x' },
    ],
  ],
  ['a hard link outside', [{ name: 'h', type: 'link', linkname: '/etc/passwd' }]],
  ['a hard link that goes up', [{ name: 'd/h', type: 'link', linkname: '../../x' }]],
  [
    'a hard link to what is not there',
    [
      { name: 'h', type: 'link', linkname: 'later' },
      { name: 'later', data: '' },
    ],
  ],
  ['a device', [{ name: 'null', type: 'character-device', devmajor: 1, devminor: 3 }]],
  ['a block device', [{ name: 'sda', type: 'block-device' }]],
  ['a pipe', [{ name: 'p', type: 'fifo' }]],
];

for (const [says, list] of unsafe) {
  test(`extractArchive refuses ${says}`, async () => {
    const outside = await readdir(folder);
    await assert.rejects(async () => unpack(await packTar(list)), { code: 'ARCHIVE_UNSAFE' });
    const news = (await readdir(folder)).filter((name) => !outside.includes(name));
    assert.ok(
      news.every((name) => name.startsWith('x-')),
      `${news}`,
    );
  });
}

test('extractArchive keeps to its limits', async () => {
  const tar = await packTar([
    { name: 'a', data: 'aaaa' },
    { name: 'b', data: 'bbbb' },
    { name: 'c/d/e', data: '' },
  ]);
  for (const limit of [{ entries: 2 }, { bytes: 7 }, { bytes: 1600 }, { pathBytes: 4 }]) {
    await assert.rejects(unpack(tar, limit), { code: 'ARCHIVE_UNSAFE' });
  }
});
