import assert from 'node:assert/strict';
import { createReadStream, truncateSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdDecompressSync } from 'node:zlib';
import { digestOf } from '../core/digest.ts';
import { runProcess } from '../core/run-process.ts';
import { crc64Bytes, startCrc64, updateCrc64 } from './archive/crc64.ts';
import { type PackedPackage, packPrefix } from './pack-prefix.ts';
import { buildSampleStore, type SampleStore, sampleDraft } from './sample-prefix.ts';
import { unpackPackage } from './unpack-package.ts';
import { readPackageManifest, verifyPackage } from './verify-package.ts';

let folder = '';
let store: SampleStore;
let app: PackedPackage;
const blobOf = (name: string) => join(folder, `${name}.tar.zst`);

before(async () => {
  folder = await mkdtemp('/tmp/bf-');
  store = await buildSampleStore(folder);
  app = await packPrefix({ prefix: store.app.prefix, manifest: store.app.draft, output: blobOf('app') });
});
after(() => rm(folder, { recursive: true, force: true }));

async function output(...argv: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await runProcess(argv, { env: { PATH: process.env.PATH ?? '' } });
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

test('packing a prefix twice gives the same bytes, and a copy of it too', async () => {
  const { prefix } = store.app;
  const again = await packPrefix({ prefix, manifest: store.app.draft, output: blobOf('again') });
  assert.equal(again.digest, app.digest);
  await cp(prefix, `${folder}/copy`, { recursive: true, verbatimSymlinks: true });
  // A copy has other inodes, so the hard link is made anew.
  await rm(`${folder}/copy/share/same`);
  await output('ln', `${folder}/copy/share/read-only`, `${folder}/copy/share/same`);
  const copied = await packPrefix({ prefix: `${folder}/copy`, manifest: store.app.draft, output: blobOf('again') });
  assert.equal(copied.digest, app.digest);
});

test('the system’s zstd and tar read a package as a layer with the package at its path', async () => {
  const target = `${folder}/layer`;
  await mkdir(target);
  await output('sh', '-c', 'zstd -dc "$1" > "$2.tar" && tar -xf "$2.tar" -C "$2"', 'sh', blobOf('app'), target);
  assert.equal(digestOf(await readFile(`${target}.tar`)), app.diffId);
  const prefix = `${target}${store.root}/store/${app.manifest.storeName}`;
  assert.deepEqual(JSON.parse(await readFile(`${prefix}/.binfarm/package.json`, 'utf8')), app.manifest);
  const listed = (await output('tar', '-tf', `${target}.tar`)).split('\n');
  const top = `${store.root.slice(1)}/store/${app.manifest.storeName}/.binfarm/`;
  assert.deepEqual(listed.slice(listed.indexOf(top), listed.indexOf(top) + 2), [top, `${top}package.json`]);
});

test('the tar can be put together from the table of contents, the tar-split and single files', async () => {
  const blob = await readFile(blobOf('app'));
  const footer = blob.subarray(-64);
  assert.equal(footer.toString('latin1', 56), 'GNUlInUx');
  const [toc, tocSize, tocRaw, type, split, splitSize, splitRaw] = Array.from({ length: 7 }, (_, index) =>
    Number(footer.readBigUInt64LE(index * 8)),
  ) as [number, number, number, number, number, number, number];
  const key = (name: string) => app.annotations[`io.github.containers.zstd-chunked.${name}`];
  assert.equal(key('manifest-position'), `${toc}:${tocSize}:${tocRaw}:${type}`);
  assert.equal(key('tarsplit-position'), `${split}:${splitSize}:${splitRaw}`);
  assert.equal(key('manifest-checksum'), digestOf(blob.subarray(toc, toc + tocSize)));
  await writeFile(`${folder}/toc.zst`, blob.subarray(toc, toc + tocSize));
  await writeFile(`${folder}/split.zst`, blob.subarray(split, split + splitSize));
  const contents = JSON.parse(await output('zstd', '-dc', `${folder}/toc.zst`));
  assert.equal(contents.tarSplitDigest, digestOf(blob.subarray(split, split + splitSize)));
  const lines: readonly SplitLine[] = (await output('zstd', '-dc', `${folder}/split.zst`))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const entries: readonly TocEntry[] = contents.entries;
  const files = new Map(entries.map((entry) => [entry.name, entry]));
  assert.equal(files.size, entries.length);
  const parts = lines.map((line) => partOf(line, blob, files));
  assert.equal(digestOf(Buffer.concat(parts)), app.diffId);
});

interface SplitLine {
  readonly type: number;
  readonly name: string;
  readonly payload: string | null;
}

interface TocEntry {
  readonly name: string;
  readonly digest?: string;
  readonly offset: number;
  readonly endOffset: number;
}

/** What a client does that has fetched only the table of contents, the tar-split and some files. */
function partOf(line: SplitLine, blob: Buffer, files: ReadonlyMap<string, TocEntry>): Buffer {
  if (line.type === 2) return Buffer.from(line.payload ?? '', 'base64');
  const entry = files.get(line.name);
  assert.ok(entry, line.name);
  if (line.payload === null) return Buffer.alloc(0);
  const content = zstdDecompressSync(blob.subarray(entry.offset, entry.endOffset));
  assert.equal(digestOf(content), entry.digest);
  const crc = startCrc64();
  updateCrc64(crc, content);
  assert.equal(crc64Bytes(crc).toString('base64'), line.payload);
  return content;
}

test('verifyPackage finds what packPrefix has said', async () => {
  const { manifest, digest, size, diffId, annotations } = app;
  assert.deepEqual(await verifyPackage(blobOf('app')), { manifest, digest, size, diffId, annotations });
});

test('readPackageManifest needs only the first bytes', async () => {
  const first = `${folder}/first`;
  await writeFile(first, (await readFile(blobOf('app'))).subarray(0, 4000));
  assert.deepEqual(await readPackageManifest(first), app.manifest);
  assert.deepEqual(await readPackageManifest(createReadStream(blobOf('app'), { highWaterMark: 100 })), app.manifest);
});

test('a root in compressed or wide form is reported, and one in the name of a stranger’s folder', async () => {
  const prefix = `${folder}/compressed`;
  const stranger = `cmake-3.25-${'0'.repeat(20)}`;
  await mkdir(prefix);
  await writeFile(`${prefix}/page.gz`, gzipSync(`${'x'.repeat(100_000)}${store.root}/store`));
  await writeFile(`${prefix}/wide`, Buffer.from(`\0${store.root}`, 'utf16le'));
  await writeFile(`${prefix}/stray.txt`, `made by ${store.root}/store/${stranger}/bin/cmake\n`);
  await writeFile(`${prefix}/z.c`, `const char *where = "${store.root}/z.c";\n`);
  await output(
    'gcc',
    '-g',
    '-gz=zlib',
    '-c',
    '-o',
    `${prefix}/z.o`,
    `-fdebug-prefix-map=${prefix}=${store.root}/${'src/'.repeat(40)}`,
    `${prefix}/z.c`,
  );
  await rm(`${prefix}/z.c`);
  const { manifest, strays } = await packPrefix({
    prefix,
    manifest: sampleDraft(store.root, 'comp'),
    output: blobOf('comp'),
  });
  assert.deepEqual(strays, [{ path: 'stray.txt', storeName: stranger }]);
  assert.deepEqual(
    manifest.notRelocatable.map(
      ({ path, reason }) => `${path}: ${reason.replace(/\.debug(\w+)(.*byte )\d+ of it/, '.debug$2…')}`,
    ),
    [
      'page.gz: compressed (gzip): its content has the build root, first at byte 100000 of it',
      'wide: the build root is in it in wide characters, first at byte 2',
      'z.o: compressed (section .debug): its content has the build root, first at byte …',
    ],
  );
});

const unpackable: readonly { says: string; make: (prefix: string) => Promise<unknown> }[] = [
  { says: 'a pipe', make: (prefix) => output('mkfifo', `${prefix}/pipe`) },
  { says: 'a deletion mark', make: (prefix) => writeFile(`${prefix}/.wh.x`, '') },
  { says: 'binfarm’s own folder', make: (prefix) => mkdir(`${prefix}/.binfarm`) },
  { says: 'a name that is not UTF-8', make: (prefix) => writeFile(Buffer.from(`${prefix}/\xff`, 'latin1'), '') },
  { says: 'a line feed in a name', make: (prefix) => writeFile(`${prefix}/a\nb`, '') },
];

for (const [index, { says, make }] of unpackable.entries()) {
  test(`packPrefix refuses a prefix with ${says}, and leaves no file`, async () => {
    const prefix = `${folder}/refused-${index}`;
    await mkdir(prefix);
    await make(prefix);
    const target = `${folder}/refused-output-${index}`;
    await mkdir(target);
    const packing = packPrefix({ prefix, manifest: sampleDraft(store.root, 'bad'), output: `${target}/blob` });
    await assert.rejects(packing, { code: 'PACKAGE_REJECTED' });
    assert.deepEqual(await readdir(target), []);
  });
}

test('a file that changes while it is packed is noticed', async () => {
  const prefix = `${folder}/changing`;
  await mkdir(prefix);
  await writeFile(`${prefix}/file`, 'before');
  const packing = packPrefix(
    { prefix, manifest: sampleDraft(store.root, 'changing'), output: blobOf('changing') },
    (event) => {
      if (event.type === 'package.scanned') truncateSync(`${prefix}/file`, 3);
    },
  );
  await assert.rejects(packing, { code: 'PACKAGE_REJECTED' });
});

test('files that nobody may write are packed and removed like others', async () => {
  const prefix = `${folder}/locked`;
  await mkdir(`${prefix}/bin`, { recursive: true });
  await writeFile(`${prefix}/bin/tool`, 'x', { mode: 0o555 });
  await chmod(`${prefix}/bin`, 0o555);
  await packPrefix({ prefix, manifest: sampleDraft(store.root, 'locked'), output: blobOf('locked') });
  await chmod(`${prefix}/bin`, 0o755);
  await unpackPackage({ blob: blobOf('locked'), into: `${folder}/unlocked`, root: folder, sync: false });
  assert.equal((await lstat(`${folder}/unlocked/bin`)).mode & 0o777, 0o755);
});
