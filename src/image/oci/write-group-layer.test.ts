import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { digestOf } from '../../core/digest.ts';
import { packPrefix } from '../../package/pack-prefix.ts';
import { sampleDraft } from '../../package/sample-prefix.ts';
import { readPackageFacts } from './read-package-facts.ts';
import { type GroupPart, writeGroupLayer } from './write-group-layer.ts';

const top = mkdtempSync(join(tmpdir(), 'group-layer-'));
after(() => rmSync(top, { recursive: true, force: true }));

const root = '/binfarm/root-of-groups';

async function packSample(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<GroupPart> {
  const draft = sampleDraft(root, name);
  const prefix = join(top, name);
  mkdirSync(prefix);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(prefix, path)), { recursive: true });
    writeFileSync(join(prefix, path), content);
  }
  symlinkSync('nowhere', join(prefix, 'a-link'));
  const path = join(top, `${name}.tar.zst`);
  const { digest, size } = await packPrefix({ prefix, manifest: draft, output: path, level: 3 });
  return { path, digest, size, facts: await readPackageFacts(path, { digest, size }) };
}

async function writeGroup(name: string, parts: readonly GroupPart[]) {
  const path = join(top, name);
  const file = await open(path, 'wx');
  try {
    return { path, ...(await writeGroupLayer(file, parts)) };
  } finally {
    await file.close();
  }
}

function tarOf(path: string): Buffer {
  const { stdout, status } = spawnSync('zstd', ['-dc', path], { maxBuffer: 1 << 28 });
  assert.equal(status, 0);
  return stdout;
}

function membersOf(tar: Buffer): string[] {
  const { stdout, stderr, status } = spawnSync('tar', ['-tf', '-'], { input: tar, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  return stdout.trim().split('\n');
}

const large = Buffer.alloc(9 << 20, 'some text that repeats itself, ');
const parts = [
  await packSample('alpha', { 'bin/alpha': 'a', 'share/empty': '', 'share/large': large }),
  await packSample('beta', { 'lib/beta': 'b'.repeat(512) }),
  await packSample('gamma', { 'etc/gamma': 'g', [`share/${'long/'.repeat(30)}name`]: 'l' }),
];

test('packages in one layer are one tar that has every member of each, and shared folders once', async () => {
  const { path, diffId, digest, size } = await writeGroup('all', parts);
  const tar = tarOf(path);
  assert.equal(digestOf(tar), diffId);
  assert.deepEqual([digestOf(readFileSync(path)), readFileSync(path).length], [digest, size]);
  const members = membersOf(tar);
  assert.equal(new Set(members).size, members.length);
  const single = parts.flatMap((part) => membersOf(tarOf(part.path)));
  assert.deepEqual(members.toSorted(), [...new Set(single)].toSorted());
  // the archive ends once, at its end
  assert.ok(tar.subarray(-1024).every((byte) => byte === 0));
  assert.equal(tar.length % 512, 0);
});

test('the frames of files are copied as they are', async () => {
  const { path } = await writeGroup('frames', parts);
  const blob = readFileSync(path);
  const frames = readFileSync(parts[0]!.path);
  const middle = frames.subarray(frames.length >> 1, (frames.length >> 1) + 200);
  assert.ok(blob.includes(middle));
});

test('the table of contents says where each file is, and of what digest', async () => {
  const { path, annotations } = await writeGroup('toc', parts);
  const blob = readFileSync(path);
  const position = annotations['io.github.containers.zstd-chunked.manifest-position']!.split(':').map(Number);
  const compressed = blob.subarray(position[0], position[0]! + position[1]!);
  assert.equal(digestOf(compressed), annotations['io.github.containers.zstd-chunked.manifest-checksum']);
  const frame = join(top, 'toc.zst');
  writeSync(openSync(frame, 'w'), compressed);
  const { entries } = JSON.parse(tarOf(frame).toString()) as {
    entries: { name: string; digest?: string; offset?: number; endOffset?: number; type: string }[];
  };
  const gamma = entries.find(({ name }) => name.endsWith('etc/gamma'))!;
  writeFileSync(join(top, 'one.zst'), blob.subarray(gamma.offset, gamma.endOffset));
  assert.equal(tarOf(join(top, 'one.zst')).toString(), 'g');
  assert.equal(gamma.digest, digestOf('g'));
  const listed = entries.filter(({ type }) => type !== 'chunk').map(({ name }) => name);
  assert.deepEqual(listed, membersOf(tarOf(path)));
});

test('the same packages give the same bytes, and one package alone its members', async () => {
  const [first, second] = [await writeGroup('first', parts), await writeGroup('second', parts)];
  assert.equal(first.digest, second.digest);
  const alone = await writeGroup('alone', [parts[1]!]);
  assert.deepEqual(membersOf(tarOf(alone.path)), membersOf(tarOf(parts[1]!.path)));
});

test('a blob that changed since its facts were read is PACKAGE_DAMAGED', async () => {
  const [part] = parts as [GroupPart];
  const bytes = readFileSync(part.path);
  bytes[bytes.length >> 1]! ^= 1;
  const path = join(top, 'damaged.tar.zst');
  writeFileSync(path, bytes);
  await assert.rejects(writeGroup('broken', [{ ...part, path }]), { code: 'PACKAGE_DAMAGED' });
  await assert.rejects(readPackageFacts(path, part), { code: 'PACKAGE_DAMAGED' });
});
