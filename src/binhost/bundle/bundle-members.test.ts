import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from '../../core/digest.ts';
import { isFarmError } from '../../core/farm-error.ts';
import type { BundleFacts } from '../../model/bundle.ts';
import type { ReleaseName } from '../../model/release.ts';
import { readBundleMembers } from './bundle-members.ts';
import { openBundleBinhost, readBundleContents } from './open-bundle-binhost.ts';
import { type BundlePart, writeBundle } from './write-bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'bundle-members-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'whole.run');
const long = `v2/nova/${'long-name'.repeat(12)}/blobs/${digestOf('x')}`;
const blob = Buffer.from('the bytes of a blob');
let whole: Buffer;

const facts: BundleFacts = {
  format: 'binfarm.bundle/1',
  farm: 'nova',
  release: { name: '2026.1' as ReleaseName, digest: digestOf('release') },
  platforms: ['x86_64-debian12-gcc12-opt'],
  keys: [{ id: '0123456789abcdef', fingerprint: "it's" }],
  systems: [],
};

const parts: readonly BundlePart[] = [
  { key: 'bundle.json', content: { text: JSON.stringify(facts) } },
  { key: 'keys/0123456789abcdef.pub', content: { text: 'a key' } },
  { key: long, content: partOf(blob) },
];

function partOf(bytes: Buffer) {
  return { digest: digestOf(bytes), size: bytes.length, name: 'alpha', open: () => halves(bytes) };
}

async function* halves(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, 5);
  yield bytes.subarray(5);
}

const writing = { header: () => ({ facts, programs: [] }), signal: new AbortController().signal };

before(async () => {
  const { digest, size } = await writeBundle(path, parts, writing);
  whole = readFileSync(path);
  assert.deepEqual({ digest, size }, { digest: digestOf(whole), size: whole.length });
});

test('what was written into a bundle is found in it, also under a long name', async () => {
  const members = await readBundleMembers(path);
  assert.deepEqual([...members.keys()], ['bundle.json', 'keys/0123456789abcdef.pub', long]);
  const { offset, size } = members.get(long)!;
  assert.deepEqual(whole.subarray(offset, offset + size), blob);
  assert.deepEqual(await readBundleContents(path), { facts, keys: [{ id: '0123456789abcdef', pem: 'a key' }] });
});

test('equal parts give equal bytes', async () => {
  const again = join(folder, 'again.run');
  await writeBundle(again, parts, writing);
  assert.deepEqual(readFileSync(again), whole);
});

for (const [says, content] of [
  ['has other bytes than its digest says', { ...partOf(blob), digest: digestOf('other') }],
  ['has fewer bytes than it should', { ...partOf(blob), size: blob.length + 1 }],
  ['has more bytes than it should', { ...partOf(blob), size: blob.length - 1 }],
] as const) {
  test(`a blob that ${says} is not put into a bundle, and no file is left`, async () => {
    const target = join(mkdtempSync(join(folder, 'target-')), 'a.run');
    await assert.rejects(writeBundle(target, [{ key: long, content }], writing), { code: 'PACKAGE_DAMAGED' });
    assert.throws(() => readFileSync(target), { code: 'ENOENT' });
    assert.throws(() => readFileSync(`${target}.${process.pid}.tmp`), { code: 'ENOENT' });
  });
}

test('a file that is no bundle is no binhost', async () => {
  const other = join(folder, 'other.sh');
  writeFileSync(other, '#!/bin/sh\necho no bundle\n');
  await assert.rejects(openBundleBinhost(other, 'nova').list(), { code: 'BINHOST_INVALID' });
});

test('a bundle that is damaged anywhere is read as it was, or refused, and nothing else happens', async () => {
  const names = (await readBundleMembers(path)).size;
  const start = whole.indexOf('bundle.json\0');
  const damaged = join(folder, 'damaged.run');
  const change = fc.record({
    position: fc.oneof(fc.nat(whole.length - 1), fc.integer({ min: start, max: start + 2600 }), fc.nat(400)),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }),
    length: fc.option(fc.nat(whole.length)),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ position, bytes, length }) => {
      const copy = Buffer.from(whole);
      copy.set(bytes.subarray(0, whole.length - position), position);
      writeFileSync(damaged, length === null ? copy : copy.subarray(0, length));
      try {
        const members = await readBundleMembers(damaged);
        assert.ok(members.size <= names);
        for (const { offset, size } of members.values()) assert.ok(offset + size <= whole.length);
        await readBundleContents(damaged);
      } catch (error) {
        assert.ok(isFarmError(error), String((error as Error).stack));
        assert.ok(['BUNDLE_INVALID', 'BINHOST_INVALID'].includes(error.code), error.code);
      }
    }),
    { numRuns: 400 },
  );
});
