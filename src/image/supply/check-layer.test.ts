import assert from 'node:assert/strict';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { digestOf } from '../../core/digest.ts';
import { packPrefix } from '../../package/pack-prefix.ts';
import { sampleDraft } from '../../package/sample-prefix.ts';
import { readPackageFacts } from '../oci/read-package-facts.ts';
import { writeGroupLayer } from '../oci/write-group-layer.ts';
import { writeTreeLayer } from '../oci/write-tree-layer.ts';
import { checkLayer, isLayerError, type LayerCheck } from './check-layer.ts';

const top = mkdtempSync(join(tmpdir(), 'check-layer-'));
after(() => rmSync(top, { recursive: true, force: true }));

async function packSample(name: string, content: string) {
  const manifest = sampleDraft('/binfarm/root-of-groups', name);
  const prefix = join(top, digestOf(name + content));
  mkdirSync(join(prefix, 'share'), { recursive: true });
  writeFileSync(join(prefix, 'share', 'data'), content);
  writeFileSync(join(prefix, 'share', 'empty'), '');
  writeFileSync(join(prefix, 'share', 'large'), Buffer.alloc(9 << 20, name));
  const path = `${prefix}.tar.zst`;
  const { digest, size, diffId } = await packPrefix({ prefix, manifest, output: path, level: 1 });
  return { path, digest, size, diffId, name, facts: await readPackageFacts(path, { digest, size }) };
}

type Sample = Awaited<ReturnType<typeof packSample>>;

async function writeLayer(
  name: string,
  write: (file: Awaited<ReturnType<typeof open>>) => ReturnType<typeof writeGroupLayer>,
) {
  const path = join(top, name);
  const file = await open(path, 'wx+');
  try {
    return { path, ...(await write(file)) };
  } finally {
    await file.close();
  }
}

const alpha = await packSample('alpha', 'the data of alpha');
const beta = await packSample('beta', 'the data of beta');
const group = await writeLayer('group', (file) => writeGroupLayer(file, [alpha, beta]));
const tree = await writeLayer('tree', (file) =>
  writeTreeLayer(file, [{ path: 'etc/x', type: 'file', mode: 0o644, content: Buffer.from('x') }]),
);

function check(
  {
    path,
    digest,
    size,
    diffId,
  }: { path: string; digest: LayerCheck['diffId']; size: number; diffId: LayerCheck['diffId'] },
  depth: LayerCheck['depth'],
  bytes?: Buffer,
) {
  const source = bytes === undefined ? (createReadStream(path) as AsyncIterable<Buffer>) : piecesOf(bytes);
  return checkLayer({ title: 'sample', descriptor: { digest, size }, diffId, depth }, source);
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

const storeNameOf = ({ facts }: Sample) => facts.manifest.storeName;

test('a group of packages is taken apart: each has the digest that was signed', async () => {
  const found = await check(group, 'group');
  assert.deepEqual(
    [...found],
    [alpha, beta].map((item) => [storeNameOf(item), item.diffId]),
  );
});

test('a package that was changed and put into a group shows by its digest', async () => {
  const changed = await packSample('beta', 'other data');
  const other = await writeLayer('changed', (file) => writeGroupLayer(file, [alpha, changed]));
  const found = await check(other, 'group');
  assert.equal(found.get(storeNameOf(alpha)), alpha.diffId);
  assert.notEqual(found.get(storeNameOf(beta)), beta.diffId);
});

test('packages, bases and generated layers are compared with their digests', async () => {
  for (const depth of ['blob', 'tar'] as const) for (const layer of [alpha, group, tree]) await check(layer, depth);
  const tar = Buffer.alloc(1024);
  const blob = gzipSync(tar);
  const layer = { path: '', digest: digestOf(blob), size: blob.length, diffId: digestOf(tar) };
  assert.equal((await check(layer, 'tar', blob)).size, 0);
});

function flipped(path: string, at: number): Buffer {
  const bytes = readFileSync(path);
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  return bytes;
}

const bad: readonly {
  says: string;
  layer: Parameters<typeof check>[0];
  depth: LayerCheck['depth'];
  bytes?: () => Buffer;
}[] = [
  ...[0, 200, 5000, -10]
    .map((at) => ({ at, says: `a byte changed at ${at}` }))
    .flatMap(({ at, says }) =>
      (['blob', 'tar', 'group'] as const).map((depth) => ({
        says: `${says} (${depth})`,
        layer: group,
        depth,
        bytes: () => flipped(group.path, at),
      })),
    ),
  { says: 'less than all', layer: group, depth: 'group', bytes: () => readFileSync(group.path).subarray(0, -100) },
  { says: 'half of it', layer: group, depth: 'group', bytes: () => readFileSync(group.path).subarray(0, 4000) },
  { says: 'nothing', layer: group, depth: 'tar', bytes: () => Buffer.alloc(0) },
  { says: 'another tar than the config says', layer: { ...group, diffId: digestOf('x') }, depth: 'tar' },
  { says: 'files of no package in a group', layer: tree, depth: 'group' },
  { says: 'another group than the config says', layer: { ...group, diffId: digestOf('x') }, depth: 'group' },
];

for (const { says, layer, depth, bytes } of bad) {
  test(`a layer with ${says} is refused`, async () => {
    await assert.rejects(check(layer, depth, bytes?.()), (error) => isLayerError(error));
  });
}
