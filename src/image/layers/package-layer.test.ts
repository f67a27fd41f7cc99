import assert from 'node:assert/strict';
import { cpSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { digestOf } from '../../core/digest.ts';
import { isFarmError } from '../../core/farm-error.ts';
import type { ExpectedBlob } from '../../package/archive/drive-reader.ts';
import { packageTime } from '../../package/archive/tar-header.ts';
import { type PackedPackage, packPrefix } from '../../package/pack-prefix.ts';
import { sampleDraft } from '../../package/sample-prefix.ts';
import { foundDirectory, foundFile, foundSymlink, readBack } from '../read-back.ts';
import { writeSquashfs } from '../squashfs/write-squashfs.ts';
import { packageLayer } from './package-layer.ts';

const folder = mkdtempSync(join(tmpdir(), 'binfarm-layer-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const blob = join(folder, 'blob');
const root = '/binfarm/'.padEnd(64, 'x');
const large = Buffer.alloc(9 << 20, 'a line of a large file\n');
let packed: PackedPackage;
let prefix = '';

before(async () => {
  const at = join(folder, 'prefix');
  mkdirSync(join(at, 'share'), { recursive: true });
  writeFileSync(join(at, 'share/large'), large);
  writeFileSync(join(at, 'share/small'), 'small');
  writeFileSync(join(at, 'share/empty'), '');
  writeFileSync(join(at, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
  linkSync(join(at, 'tool'), join(at, 'tool-2'));
  symlinkSync('share/large', join(at, 'link'));
  const manifest = sampleDraft(root, 'sample');
  packed = await packPrefix({ prefix: at, manifest, output: blob });
  prefix = `${root.slice(1)}/store/${manifest.storeName}`;
});

async function* inSmallParts(): AsyncGenerator<Uint8Array> {
  const bytes = readFileSync(blob);
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

const ways: readonly { says: string; source: string | typeof inSmallParts; expect: () => ExpectedBlob }[] = [
  { says: 'from a file, by its digest', source: blob, expect: () => ({ digest: packed.digest, size: packed.size }) },
  { says: 'from a file, thoroughly', source: blob, expect: () => ({}) },
  { says: 'as it arrives', source: inSmallParts, expect: () => ({ digest: packed.digest }) },
];

for (const { says, source, expect } of ways) {
  test(`a package is a layer, read ${says}`, async () => {
    const output = join(folder, 'image.sqfs');
    await writeSquashfs([packageLayer('sample', source, expect())], output, { time: 5 });
    const found = await readBack(output);
    const time = packageTime;
    assert.equal(found[''], foundDirectory(0o755, 5));
    assert.equal(found[root.slice(1)], foundDirectory(0o755, time));
    const below = Object.entries(found).filter(([path]) => path.startsWith(`${prefix}/`));
    const manifest = found[`${prefix}/.binfarm/package.json`];
    assert.match(manifest ?? '', /^file 644 /);
    assert.deepEqual(Object.fromEntries(below.map(([path, what]) => [path.slice(prefix.length + 1), what])), {
      '.binfarm': foundDirectory(0o755, time),
      '.binfarm/package.json': manifest,
      link: foundSymlink('share/large', time),
      share: foundDirectory(0o755, time),
      'share/empty': foundFile('', { time }),
      'share/large': foundFile(large, { time }),
      'share/small': foundFile('small', { time }),
      tool: foundFile('#!/bin/sh\n', { time, mode: 0o755, links: 2 }),
      'tool-2': foundFile('#!/bin/sh\n', { time, mode: 0o755, links: 2 }),
    });
  });
}

test('an entry that is not wanted is passed over', async () => {
  const paths: string[] = [];
  for await (const { path } of packageLayer('sample', blob).entries()) paths.push(path.slice(prefix.length + 1));
  assert.deepEqual(paths.slice(-7), ['link', 'share', 'share/empty', 'share/large', 'share/small', 'tool', 'tool-2']);
});

const broken: readonly { says: string; change: (bytes: Buffer) => Buffer; expect: () => ExpectedBlob }[] = [
  { says: 'ends too early', change: (bytes) => bytes.subarray(0, bytes.length >> 1), expect: () => ({}) },
  { says: 'has another digest', change: (bytes) => bytes, expect: () => ({ digest: digestOf('another') }) },
  { says: 'is longer than expected', change: (bytes) => bytes, expect: () => ({ size: packed.size - 1 }) },
  { says: 'is followed by something', change: (bytes) => Buffer.concat([bytes, bytes]), expect: () => ({}) },
  { says: 'is no package', change: () => Buffer.from('no package at all'), expect: () => ({}) },
];

for (const { says, change, expect } of broken) {
  test(`a package that ${says} is refused, and no image is made`, async () => {
    const bad = join(folder, 'bad');
    cpSync(blob, bad);
    writeFileSync(bad, change(readFileSync(blob)));
    const made = writeSquashfs([packageLayer('sample', bad, expect())], join(folder, 'bad.sqfs'), { time: 5 });
    await assert.rejects(made, (error) => isFarmError(error, 'PACKAGE_DAMAGED'));
  });
}
