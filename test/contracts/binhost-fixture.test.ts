import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verifyStored } from '../../src/app/build/find-package.ts';
import { openReleaseShelf } from '../../src/app/release/release-shelf.ts';
import { checkBinhost } from '../../src/binhost/check-binhost.ts';
import { openDirectoryBinhost } from '../../src/binhost/open-directory-binhost.ts';
import { readPublicKey } from '../../src/package/sign/key-file.ts';
import { makeFolder } from './binhost-samples.ts';

const fixture = join(import.meta.dirname, '../fixtures/binhost');

test('a binhost that the first binfarm has written is read: package, release and channel, all signed', async () => {
  const trusted = [await readPublicKey(join(fixture, 'farm.key.pub'))];
  const binhost = openDirectoryBinhost(join(fixture, 'files'), 'nova');
  const check = await checkBinhost(binhost, { repair: false });
  assert.deepEqual([check.packages, check.documents, check.damaged, check.leftovers], [1, 2, [], []]);
  const [stored] = await binhost.list();
  verifyStored(stored!, trusted);
  const shelf = openReleaseShelf(binhost, trusted);
  const { release, digest } = await shelf.readRelease('2026.1');
  const { channel } = (await shelf.readChannel('latest'))!;
  assert.deepEqual([channel.release, channel.digest], [release.name, digest]);
});

test('it takes new packages beside the old ones', async () => {
  const folder = makeFolder('fixture');
  cpSync(join(fixture, 'files'), folder, { recursive: true });
  const binhost = openDirectoryBinhost(folder, 'nova');
  const [stored] = await binhost.list();
  const upload = {
    ...stored!,
    envelope: stored!.envelope as never,
    blob: { ...stored!, path: binhost.blobPath(stored!) },
  };
  assert.deepEqual(await binhost.put(upload), stored);
  assert.deepEqual((await checkBinhost(binhost, { repair: true })).damaged, []);
});
