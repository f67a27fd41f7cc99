import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { digestOf } from '../core/digest.ts';
import { isFarmError } from '../core/farm-error.ts';
import { formatCanonicalJson } from '../core/json.ts';
import { runProcess } from '../core/run-process.ts';
import { formatTarHeader } from './archive/tar-header.ts';
import { tarMembersOf } from './archive/tar-member.ts';
import { compressFrame } from './archive/zstd-frame.ts';
import { type PackedPackage, packPrefix } from './pack-prefix.ts';
import { buildSampleStore, type SampleStore, sampleDraft } from './sample-prefix.ts';
import { type UnpackRequest, unpackPackage } from './unpack-package.ts';
import { readPackageManifest, verifyPackage } from './verify-package.ts';
import { writePackage } from './write-package.ts';

let folder = '';
let store: SampleStore;
let app: PackedPackage;
let dep: PackedPackage;
let shortRoot = '';
const blobOf = (name: string) => join(folder, `${name}.tar.zst`);

before(async () => {
  folder = await mkdtemp('/tmp/bf-');
  store = await buildSampleStore(folder);
  dep = await packPrefix({ prefix: store.dep.prefix, manifest: store.dep.draft, output: blobOf('dep') });
  app = await packPrefix({ prefix: store.app.prefix, manifest: store.app.draft, output: blobOf('app') });
  await rename(store.root, `${folder}/away`);
});

after(async () => {
  await rm(folder, { recursive: true, force: true });
  if (shortRoot !== '') await rm(shortRoot, { recursive: true, force: true });
});

/** A folder that nobody has, with a path of six characters. */
async function makeShortRoot(): Promise<string> {
  for (const name of 'abcdefghijklmnopqrstuvwxyz') {
    try {
      await mkdir(`/tmp/${name}`);
      return `/tmp/${name}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  throw new Error('no folder with a short path is free');
}

async function install(root: string): Promise<string> {
  await mkdir(`${root}/store`, { recursive: true });
  for (const one of [dep, app]) {
    const { name, storeName } = one.manifest;
    const expect = { digest: one.digest, size: one.size, buildHash: one.manifest.buildHash, storeName };
    await unpackPackage({ blob: blobOf(name), expect, into: `${root}/store/${storeName}`, root, sync: false });
  }
  return `${root}/store/${app.manifest.storeName}`;
}

async function output(...argv: readonly string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await runProcess(argv, { env: { PATH: process.env.PATH ?? '' } });
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

async function checkInstalled(root: string): Promise<void> {
  const prefix = await install(root);
  for (const name of ['app', 'run', 'script'])
    assert.equal(await output(`${prefix}/bin/${name}`), '7 the answer is 42\n');
  assert.equal((await runProcess(['grep', '-r', store.root, root])).stdout, '');
  const relocated = JSON.stringify(app.manifest).replaceAll(store.root, root);
  assert.deepEqual(JSON.parse(await readFile(`${prefix}/.binfarm/package.json`, 'utf8')), JSON.parse(relocated));
  assert.equal(await readlink(`${prefix}/share/data`), `${root}/store/${dep.manifest.storeName}/share/data.txt`);
  assert.equal(await readFile(`${prefix}/share/absolute`, 'utf8'), 'nobody may write this\n');
  assert.match(await readFile(`${prefix}/lib/pkgconfig/app.pc`, 'utf8'), new RegExp(`^prefix=${prefix}\n`));
  const library = await readFile(`${prefix}/lib/libmember.a`);
  assert.ok(library.includes(root.padEnd(store.root.length, '/')));
}

test('programs, scripts, links and archives work at a root of six characters, with the build’s store gone', async () => {
  shortRoot = await makeShortRoot();
  await checkInstalled(shortRoot);
});

test('they work at a root of the greatest length too', async () => {
  await checkInstalled(`${folder}/m`.padEnd(store.root.length, 'm'));
});

test('what is unpacked has the modes, links and times of the package', async () => {
  const root = `${folder}/modes`;
  const prefix = await install(root);
  const modes: readonly [string, number][] = [
    ['bin/app', 0o755],
    ['bin/script', 0o755],
    ['share/read-only', 0o644],
    ['lib/empty', 0o755],
  ];
  for (const [path, mode] of modes) {
    const stat = await lstat(join(prefix, path));
    assert.equal(stat.mode & 0o7777, mode, path);
    assert.equal(stat.mtimeMs, 946_684_800_000, path);
  }
  assert.equal((await lstat(join(prefix, 'share/same'))).ino, (await lstat(join(prefix, 'share/read-only'))).ino);
  assert.equal((await lstat(prefix)).mtimeMs, 946_684_800_000);
});

test('a umask of the user changes no mode', async () => {
  const root = `${folder}/umask`;
  const mask = process.umask(0o077);
  try {
    await install(root);
  } finally {
    process.umask(mask);
  }
  const prefix = `${root}/store/${app.manifest.storeName}`;
  for (const path of ['', 'bin', 'bin/app']) assert.equal((await lstat(join(prefix, path))).mode & 0o777, 0o755, path);
});

test('a stream in small parts unpacks as the file does', async () => {
  const root = `${folder}/stream`;
  await mkdir(root);
  const blob = createReadStream(blobOf('app'), { highWaterMark: 333 });
  const manifest = await unpackPackage({ blob, into: `${root}/app`, root, expect: { digest: app.digest } });
  assert.deepEqual(manifest, app.manifest);
  assert.deepEqual(await readdir(root), ['app']);
});

test('files of more than one part keep their bytes, and the root is changed across parts', async () => {
  const prefix = `${folder}/large`;
  const part = 4 << 20;
  await mkdir(`${prefix}/share`, { recursive: true });
  const text = Buffer.alloc(2 * part + 1000, 'text\n');
  const binary = Buffer.alloc(part + 100);
  for (const offset of [0, part - 20, 2 * part - 64]) text.write(store.root, offset);
  binary.write(store.root, part - 1);
  await writeFile(`${prefix}/share/text`, text);
  await writeFile(`${prefix}/share/binary`, binary);
  const manifest = sampleDraft(store.root, 'large');
  const packed = await packPrefix({ prefix, manifest, output: blobOf('large'), level: 1 });
  assert.deepEqual(await verifyPackage(blobOf('large')).then(({ diffId }) => diffId), packed.diffId);
  const root = `${folder}/new`;
  await unpackPackage({ blob: blobOf('large'), into: `${folder}/unpacked-large`, root, sync: false });
  const unpacked = await readFile(`${folder}/unpacked-large/share/text`);
  assert.ok(unpacked.equals(Buffer.from(text.toString('latin1').replaceAll(store.root, root), 'latin1')));
  const changed = Buffer.from(binary);
  changed.write(root.padEnd(store.root.length, '/'), part - 1);
  assert.ok((await readFile(`${folder}/unpacked-large/share/binary`)).equals(changed));
  const tar = await output('sh', '-c', 'zstd -dc "$1" | sha256sum', 'sh', blobOf('large'));
  assert.equal(`sha256:${tar.slice(0, 64)}`, packed.diffId);
});

async function refuses(request: Partial<UnpackRequest>, code: string): Promise<void> {
  const target = await mkdtemp(`${folder}/refuse-`);
  const unpacking = unpackPackage({
    blob: blobOf('app'),
    into: `${target}/app`,
    root: target,
    sync: false,
    ...request,
  });
  await assert.rejects(unpacking, (error) => isFarmError(error) && error.code === code);
  assert.deepEqual(await readdir(target), []);
}

test('unpackPackage refuses what is not expected, and leaves nothing', async () => {
  await refuses({ expect: { digest: dep.digest } }, 'PACKAGE_DAMAGED');
  await refuses({ expect: { digest: app.digest, size: app.size - 1 } }, 'PACKAGE_DAMAGED');
  await refuses({ expect: { digest: app.digest, size: app.size + 1 } }, 'PACKAGE_DAMAGED');
  await refuses({ expect: { buildHash: dep.manifest.buildHash } }, 'PACKAGE_DAMAGED');
  await refuses({ expect: { storeName: dep.manifest.storeName } }, 'PACKAGE_DAMAGED');
  await refuses({ root: `${store.root}x` }, 'PREFIX_TOO_LONG');
  await refuses({ root: 'relative' }, 'PATH_UNSAFE');
  await refuses({ blob: `${folder}/nothing` }, 'PACKAGE_NOT_FOUND');
});

test('unpackPackage never replaces what is there', async () => {
  const target = await mkdtemp(`${folder}/there-`);
  await mkdir(`${target}/app`);
  const unpacking = unpackPackage({ blob: blobOf('app'), into: `${target}/app`, root: target });
  await assert.rejects(unpacking, { code: 'PATH_EXISTS' });
  assert.deepEqual(await readdir(target), ['app']);
});

test('every flipped bit and every truncation is refused or, without a digest to compare with, changes nothing', async () => {
  const good = await readFile(blobOf('app'));
  const target = await mkdtemp(`${folder}/mutated-`);
  const damagedBlob = `${target}.blob`;
  let harmless = 0;
  const attempt = async (bytes: Buffer, expect: UnpackRequest['expect']) => {
    await writeFile(damagedBlob, bytes);
    try {
      const manifest = await unpackPackage({
        ...{ blob: damagedBlob, into: `${target}/app`, root: target, sync: false },
        ...(expect === undefined ? {} : { expect }),
      });
      assert.equal(expect, undefined, 'a damaged package was accepted');
      assert.deepEqual(manifest, app.manifest);
      harmless++;
      await rm(`${target}/app`, { recursive: true });
    } catch (error) {
      assert.ok(isFarmError(error, 'PACKAGE_DAMAGED'), `${error}`);
    }
    assert.deepEqual(await readdir(target), []);
  };
  for (let step = 0; step < 300; step++) {
    const bytes = Buffer.from(good);
    const offset = Math.floor((step * good.length) / 300);
    bytes[offset] = bytes[offset]! ^ (1 << (step % 8));
    await attempt(bytes, step % 2 === 0 ? { digest: app.digest, size: app.size } : undefined);
    if (step % 6 === 0) await attempt(good.subarray(0, offset), undefined);
  }
  await attempt(Buffer.concat([good, Buffer.from('more')]), undefined);
  // A few bits of a compressed stream decide nothing; what is unpacked then is still byte for byte what the manifest says.
  assert.ok(harmless < 15, `${harmless} damaged packages gave the right files`);
});

const climbing = { path: '../escaped', type: 'file', mode: 0o644, size: 4, digest: digestOf('evil') } as const;
const viaLink = [
  { path: 'a', type: 'symlink', target: '/tmp' },
  { path: 'a/escaped', type: 'file', mode: 0o644, size: 4, digest: digestOf('evil') },
] as const;

for (const [says, entries] of [
  ['climbs', [climbing]],
  ['goes through a link', viaLink],
] as const) {
  test(`a package whose manifest ${says} out of its prefix is refused`, async () => {
    const manifest = { ...app.manifest, relocations: [], elf: [], entries };
    const written = await writePackage({
      manifest,
      manifestBytes: Buffer.from(formatCanonicalJson(manifest)),
      readContent: () => Buffer.from('evil'),
      output: blobOf('hostile'),
      level: 1,
      time: 1,
    });
    await refuses({ blob: blobOf('hostile'), expect: { digest: written.digest } }, 'PACKAGE_DAMAGED');
  });
}

test('a tar with an entry that its manifest does not have is refused', async () => {
  const [first, ...rest] = app.manifest.entries.filter(({ type }) => type === 'directory');
  const claimed = { ...app.manifest, entries: rest, relocations: [], elf: [] };
  const manifestBytes = Buffer.from(formatCanonicalJson(claimed));
  const written = await writePackage({
    manifest: { ...claimed, entries: [first!, ...rest] },
    manifestBytes,
    readContent: () => Buffer.alloc(0),
    output: blobOf('extra'),
    level: 1,
    time: 1,
  });
  await refuses({ blob: blobOf('extra'), expect: { digest: written.digest } }, 'PACKAGE_DAMAGED');
});

test('a package that states metadata of 1 GiB, or none, is refused at its first frame', async () => {
  for (const size of [1 << 30, 0]) {
    const headers = [...tarMembersOf({ ...app.manifest, entries: [] }, size)].map((member) =>
      formatTarHeader(member, 1),
    );
    await writeFile(blobOf('claims'), await compressFrame(Buffer.concat(headers), 1));
    await refuses({ blob: blobOf('claims') }, 'PACKAGE_DAMAGED');
    await assert.rejects(readPackageManifest(blobOf('claims')), { code: 'PACKAGE_DAMAGED' });
  }
});
