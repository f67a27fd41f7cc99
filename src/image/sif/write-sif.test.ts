import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isFarmError } from '../../core/farm-error.ts';
import { runProcess } from '../../core/run-process.ts';
import { createKey, type PublicKey, type SecretKey } from '../../package/sign/key-file.ts';
import { fileOf, foundDirectory, foundFile, foundSymlink, layerOf, readBack } from '../read-back.ts';
import { readSif, readSifText, verifySif } from './read-sif.ts';
import { type SifRequest, type WrittenSif, writeSif } from './write-sif.ts';

const folder = mkdtempSync(join(tmpdir(), 'binfarm-sif-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const time = 1_700_000_000;
const image = join(folder, 'image.sif');
let key: SecretKey;
let request: SifRequest;
let written: WrittenSif;

before(async () => {
  key = await createKey(join(folder, 'key'));
  request = {
    tree: [layerOf(fileOf('usr/bin/tool', '#!/bin/sh\n', { mode: 0o755 }), fileOf('etc/passwd', 'mine\n'))],
    architecture: 'x86_64',
    time,
    definition: 'Bootstrap: binfarm\nFrom: nova/1.0\n',
    labels: { 'org.opencontainers.image.title': 'nova' },
    environment: { PATH: '/usr/bin:/bin', TITLE: "it's" },
    entrypoint: ['tool'],
    ociConfig: { Entrypoint: ['tool'] },
    key,
  };
  written = await writeSif(image, request);
});

async function run(...argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess(argv);
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

test('siftool reads the header', async () => {
  const header = await run('siftool', 'header', image);
  assert.match(header, /^Launch Script: +#!\/usr\/bin\/env run-singularity$/m);
  assert.match(header, /^Primary Architecture: +amd64$/m);
  assert.match(header, /^Created At: +2023-11-14 22:13:20 \+0000 UTC$/m);
  assert.match(header, /^Descriptors Free: +43$/m);
  assert.doesNotMatch(header, /^ID:/m);
});

test('siftool lists and dumps the objects', async () => {
  const { offset, size } = written.partition;
  const rows = (await run('siftool', 'list', image)).split('\n').filter((line) => /^\d/.test(line));
  const columns = rows.map((row) => row.split('|').map((cell) => cell.trim()));
  assert.deepEqual(
    columns.map(([id, group, link, , type]) => [id, group, link, type]),
    [
      ['1', '1', 'NONE', 'Def.FILE'],
      ['2', '1', 'NONE', 'JSON.Generic'],
      ['3', '1', 'NONE', 'JSON.Generic'],
      ['4', '1', 'NONE', 'FS (Squashfs/*System/amd64)'],
      ['5', 'NONE', '1   (G)', 'Signature (SHA-256)'],
    ],
  );
  assert.equal(columns[3]?.[3], `${offset}-${offset + size}`);
  assert.equal(await run('siftool', 'dump', '1', image), request.definition);
  assert.equal(await run('siftool', 'dump', '3', image), '{"Entrypoint":["tool"]}');
  assert.match(await run('siftool', 'info', '2', image), /Name: +inspect-metadata\.json/);
  assert.match(await run('siftool', 'info', '5', image), /Hash Type: +SHA-256/);
});

test('the file system is at its place, with what apptainer needs around what the image has', async () => {
  assert.equal(written.partition.offset % 4096, 0);
  const found = await readBack(image, written.partition.offset);
  assert.equal(found['usr/bin/tool'], foundFile('#!/bin/sh\n', { time, mode: 0o755 }));
  assert.equal(found['etc/passwd'], foundFile('mine\n', { time }));
  assert.equal(found['etc/resolv.conf'], foundFile('', { time }));
  assert.equal(found.tmp, foundDirectory(0o1777, time));
  assert.equal(found.singularity, foundSymlink('.singularity.d/runscript', time));
  assert.equal(found['.singularity.d/Singularity'], foundFile(request.definition, { time }));
  assert.equal(found['.singularity.d/runscript'], foundFile(`#!/bin/sh\nexec 'tool' "$@"\n`, { time, mode: 0o755 }));
});

test('what apptainer inspect shows is in the file', async () => {
  const { objects } = await readSif(image);
  const { data, type } = JSON.parse(await readSifText(image, objects[1]!));
  assert.equal(type, 'container');
  assert.equal(data.attributes.deffile, request.definition);
  assert.deepEqual(data.attributes.labels, request.labels);
  assert.match(data.attributes.environment['/.singularity.d/env/90-environment.sh'], /^export TITLE='it'\\''s'$/m);
});

test('the file can be run, and the same request gives the same bytes', async () => {
  assert.equal(statSync(image).mode & 0o777, 0o755);
  assert.equal(statSync(image).size, written.size);
  const again = join(folder, 'again.sif');
  assert.deepEqual(await writeSif(again, request), written);
  assert.ok(readFileSync(again).equals(readFileSync(image)));
});

test('an unsigned image differs only in its signature', async () => {
  const { key: _, ...unsigned } = request;
  const plain = join(folder, 'plain.sif');
  await writeSif(plain, unsigned);
  const { offset, size } = written.partition;
  const part = (path: string) => readFileSync(path).subarray(32_176, offset + size);
  assert.ok(part(plain).equals(part(image)));
  await assert.rejects(verifySif(plain, [key.public]), (error) => isFarmError(error, 'SIGNATURE_INVALID'));
});

test('an architecture that the format has no name for is refused', async () => {
  const made = writeSif(join(folder, 'vax.sif'), { ...request, architecture: 'vax' });
  await assert.rejects(made, (error) => isFarmError(error, 'PLATFORM_INVALID'));
});

test('a signed image is verified with the key that signed it', async () => {
  const stranger = await createKey(join(folder, 'stranger'));
  const verified = await verifySif(image, [stranger.public, key.public]);
  assert.equal(verified.key.id, key.id);
  assert.equal(verified.header.architecture, '02');
  await assert.rejects(verifySif(image, [stranger.public]), (error) => isFarmError(error, 'KEY_UNKNOWN'));
  await assert.rejects(verifySif(image, []), (error) => isFarmError(error, 'KEY_UNKNOWN'));
  const revoked: PublicKey = { ...key.public, revoked: { time: '2026-01-01T00:00:00Z', reason: 'lost' } };
  await assert.rejects(verifySif(image, [key.public, revoked]), (error) => isFarmError(error, 'KEY_REVOKED'));
});

/** Bytes that a signature covers, and what is said when they change. */
const changes: readonly { says: string; at: () => number; message: RegExp }[] = [
  { says: 'launch script', at: () => 2, message: /its header is not the one that was signed$/ },
  { says: 'definition', at: () => 32_176, message: /its object 1 is not what was signed$/ },
  { says: 'file system', at: () => written.partition.offset + 1000, message: /its object 4 is not what was signed$/ },
  { says: 'kind of an object', at: () => 4096 + 585, message: /its object 2 is not what was signed$/ },
  { says: 'kind of the partition', at: () => 4096 + 3 * 585 + 205, message: /its object 4 is not what was signed$/ },
  { says: 'group of an object', at: () => 4096 + 585 + 9, message: /its object 2 is not what was signed$/ },
  { says: 'use of an object', at: () => 4096 + 585 + 4, message: /it has 3 objects, and 4 were signed$/ },
];

for (const { says, at, message } of changes) {
  test(`a signed image with another ${says} is refused`, async () => {
    const bytes = readFileSync(image);
    bytes[at()]! ^= 1;
    const changed = join(folder, 'changed.sif');
    writeFileSync(changed, bytes);
    await assert.rejects(
      verifySif(changed, [key.public]),
      (error) => isFarmError(error, 'SIGNATURE_INVALID') && message.test(error.message),
    );
  });
}

test('an object that was added to a signed image is refused', async () => {
  const added = join(folder, 'added.sif');
  copyFileSync(image, added);
  writeFileSync(join(folder, 'overlay'), 'evil');
  await run('siftool', 'add', '--datatype', '7', '--groupid', '2', added, join(folder, 'overlay'));
  await assert.rejects(verifySif(added, [key.public]), (error) => isFarmError(error, 'SIGNATURE_INVALID'));
});

for (const size of [0, 100, 4096, 20_000, 33_000]) {
  test(`an image that ends after ${size} bytes is refused`, async () => {
    const cut = join(folder, 'cut.sif');
    writeFileSync(cut, readFileSync(image).subarray(0, size));
    await assert.rejects(verifySif(cut, [key.public]), (error) => isFarmError(error, 'SIF_INVALID'));
  });
}
