import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { digestOf } from '../../core/digest.ts';
import type { ImagePlace, ImageText } from './image-place.ts';
import { imageTypes } from './image-types.ts';
import { fileOrigin } from './layer-cache.ts';
import { openImageLayout } from './open-layout.ts';

const top = mkdtempSync(join(tmpdir(), 'layout-'));
after(() => rmSync(top, { recursive: true, force: true }));
let count = 0;
const newFolder = () => join(top, String(count++), 'images');

function blobFile(content: string) {
  const path = join(top, `blob-${count++}`);
  writeFileSync(path, content);
  return fileOrigin(path, { digest: digestOf(content), size: content.length });
}

function manifestOf(layer: { readonly digest: string; readonly size: number }): ImageText {
  const config = { mediaType: imageTypes.config, digest: digestOf('{}'), size: 2 };
  const layers = [{ mediaType: imageTypes.zstdLayer, ...layer }];
  const text = JSON.stringify({ schemaVersion: 2, mediaType: imageTypes.manifest, config, layers });
  return { mediaType: imageTypes.manifest, text };
}

async function put(place: ImagePlace, tag: string, content: string): Promise<ImageText> {
  const { digest, size, withFile } = blobFile(content);
  await place.writeBlob('n/x', { digest, size, withFile });
  await place.writeText('n/x', { mediaType: imageTypes.config, text: '{}' });
  const manifest = manifestOf({ digest, size });
  await place.writeManifest('n/x', manifest);
  await place.tag('n/x', tag, manifest);
  return manifest;
}

test('a layout appears with commit, and not before', async () => {
  const folder = newFolder();
  const place = openImageLayout(folder);
  const manifest = await put(place, '1', 'layer');
  assert.equal(statSync(folder, { throwIfNoEntry: false }), undefined);
  await place.commit();
  assert.deepEqual(readdirSync(folder).toSorted(), ['blobs', 'index.json', 'oci-layout']);
  assert.equal(await openImageLayout(folder).readManifest('n/x', '1'), manifest.text);
  assert.deepEqual(await place.listTags('n/x'), ['1']);
  assert.deepEqual(await place.listNames(), ['n/x']);
});

test('after discard nothing is there', async () => {
  const folder = newFolder();
  const place = openImageLayout(folder);
  await put(place, '1', 'layer');
  await place.discard();
  assert.deepEqual(
    readdirSync(join(folder, '..')).filter((name) => !name.endsWith('.lock')),
    [],
  );
});

test('what a killed process was writing beside a layout is removed by the next one', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, '..', '.images.0123456789ab.tmp', 'blobs'), { recursive: true });
  const place = openImageLayout(folder);
  await put(place, '1', 'layer');
  await place.commit();
  assert.deepEqual(readdirSync(join(folder, '..')).toSorted(), ['.images.lock', 'images']);
});

test('a second image is added, a tag moves, and what only a removed tag had goes', async () => {
  const folder = newFolder();
  for (const [tag, content] of [
    ['1', 'a'],
    ['2', 'b'],
    ['2', 'c'],
  ] as const) {
    const place = openImageLayout(folder);
    await put(place, tag, content);
    await place.commit();
  }
  const place = openImageLayout(folder);
  assert.deepEqual((await place.listTags('n/x')).toSorted(), ['1', '2']);
  assert.equal(await place.untag('n/x', '1'), true);
  assert.equal(await place.untag('n/x', '3'), false);
  await place.commit();
  assert.deepEqual(await place.listTags('n/x'), ['2']);
  const blobs = readdirSync(join(folder, 'blobs/sha256')).map((name) =>
    readFileSync(join(folder, 'blobs/sha256', name), 'utf8'),
  );
  assert.ok(blobs.includes('c') && !blobs.includes('a'));
});

test('two that write the same layout at once both succeed', async () => {
  const folder = newFolder();
  await Promise.all(
    ['1', '2', '3'].map(async (tag) => {
      const place = openImageLayout(folder);
      await put(place, tag, `layer ${tag}`);
      await place.commit();
    }),
  );
  assert.deepEqual((await openImageLayout(folder).listTags('n/x')).toSorted(), ['1', '2', '3']);
});

test('a folder of something else is PATH_EXISTS and stays as it is', async () => {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'thesis.tex'), 'x');
  const place = openImageLayout(folder);
  await assert.rejects(put(place, '1', 'layer'), { code: 'PATH_EXISTS' });
  await place.discard();
  assert.deepEqual(readdirSync(folder), ['thesis.tex']);
});

test('a manifest that does not have its digest is IMAGE_INVALID', async () => {
  const folder = newFolder();
  const place = openImageLayout(folder);
  const { text } = await put(place, '1', 'layer');
  await place.commit();
  writeFileSync(join(folder, 'blobs/sha256', digestOf(text).slice(7)), `${text} `);
  await assert.rejects(openImageLayout(folder).readManifest('n/x', '1'), { code: 'IMAGE_INVALID' });
});
