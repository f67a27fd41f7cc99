import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { Binhost, PackageUpload, StoredPackage } from '../../src/binhost/binhost.ts';
import { digestOf } from '../../src/core/digest.ts';
import type { Digest } from '../../src/core/digest-text.ts';
import { isFarmError } from '../../src/core/farm-error.ts';
import { formatCanonicalJson } from '../../src/core/json.ts';
import type { ProgramSystem } from '../../src/model/program.ts';
import { type BinhostSamples, makeSamples } from './binhost-samples.ts';

/** One implementation, freshly made and empty. */
export interface BinhostSubject {
  /** Opens the same place for a farm; every call is another client of it. */
  readonly open: (farm: string) => Binhost;
  /** For what can only be read: a client that writes to the same place. */
  readonly openWriter?: (farm: string) => Binhost;
  /** Damages what is stored, behind the back of every client: a blob is gone, short, or has another byte. */
  readonly damage: (farm: string, stored: StoredPackage, how: 'gone' | 'short' | 'changed') => void | Promise<void>;
  /** What is to be stopped when the tests have ended. */
  readonly servers?: readonly AsyncDisposable[];
}

/** The rules of the contract that an implementation can be excused from. */
export type BinhostRule = 'blob path' | 'put' | 'mend a short blob' | 'remove' | 'replace under a race' | 'sweep';

/** How an implementation is put to the contract. */
export interface BinhostContract {
  readonly start: () => Promise<BinhostSubject>;
  /** Why a rule does not hold for it. */
  readonly excused?: Readonly<Partial<Record<BinhostRule, string>>>;
}

/** Bytes of a blob from an offset on. */
export async function readBlob(binhost: Binhost, stored: StoredPackage, from = 0): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of binhost.openBlob(stored, from)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Damages a file as `BinhostSubject.damage` says, for places that keep blobs as files; never another name of the same file. */
export function damageFile(path: string, how: 'gone' | 'short' | 'changed'): void {
  const bytes = readFileSync(path);
  rmSync(path);
  if (how === 'gone') return;
  bytes[bytes.length >> 1]! ^= how === 'changed' ? 1 : 0;
  writeFileSync(path, how === 'short' ? bytes.subarray(0, -5) : bytes);
}

/** What every kind of binhost promises; called by each implementation's test file. */
export function binhostContract(says: string, { start, excused = {} }: BinhostContract): void {
  describe(`${says}, as every binhost,`, () => {
    let samples: BinhostSamples;
    let subject: BinhostSubject;
    let alpha: PackageUpload;
    let farms = 0;

    before(async () => {
      samples = await makeSamples();
      subject = await start();
      alpha = await samples.pack('alpha', { bytes: 300_000 });
    });

    after(async () => {
      for (const server of subject.servers ?? []) await server[Symbol.asyncDispose]();
    });

    /** A farm of its own for each test: a client that reads, and one that writes. */
    const newFarm = () => {
      farms += 1;
      const farm = `farm${farms}`;
      return { farm, binhost: subject.open(farm), writer: (subject.openWriter ?? subject.open)(farm) };
    };

    /** A test of a rule that not all implementations have to keep. */
    const rule = (name: BinhostRule, title: string, run: (context: TestContext) => Promise<void>) => {
      const reason = excused[name];
      test(title, { skip: reason ?? false }, run);
    };

    test('finds nothing in the beginning', async () => {
      const { binhost } = newFarm();
      assert.equal(await binhost.find(alpha), undefined);
      assert.equal(await binhost.getDocument('release', '2026.1'), undefined);
      assert.deepEqual(await binhost.listDocuments('release'), []);
    });

    test('finds a package that was put, with all that was said of it', async () => {
      const { binhost, writer } = newFarm();
      await writer.put(alpha);
      const stored = await binhost.find(alpha);
      const { blob, ...facts } = alpha;
      const { location, config, ...rest } = stored!;
      assert.deepEqual(rest, { ...facts, digest: blob.digest, size: blob.size });
      assert.equal(location, binhost.location);
      assert.match(config.digest, /^sha256:[0-9a-f]{64}$/);
      assert.equal(await binhost.find({ ...alpha, buildHash: 'f'.repeat(64) as typeof alpha.buildHash }), undefined);
    });

    test('gives a blob’s bytes, whole and from any offset', async () => {
      const { binhost, writer } = newFarm();
      await writer.put(alpha);
      const stored = (await binhost.find(alpha))!;
      const bytes = readFileSync(alpha.blob.path);
      assert.ok((await readBlob(binhost, stored)).equals(bytes));
      for (const from of [1, 100_001, stored.size - 1, stored.size]) {
        assert.ok((await readBlob(binhost, stored, from)).equals(bytes.subarray(from)), `from ${from}`);
      }
    });

    rule('blob path', 'says where the blob lies on this machine', async () => {
      const { binhost, writer } = newFarm();
      const stored = await writer.put(alpha);
      assert.ok(readFileSync(binhost.blobPath!(stored)!).equals(readFileSync(alpha.blob.path)));
    });

    test('lists its packages and their references, sorted', async () => {
      const { binhost, writer } = newFarm();
      const uploads = [await samples.pack('beta'), await samples.pack('alpha', { salt: '2' }), alpha];
      for (const upload of uploads) await writer.put(upload);
      const wanted = uploads.map(({ name, buildHash }) => `${name} ${buildHash}`).toSorted();
      assert.deepEqual(
        (await binhost.listReferences()).map(({ name, buildHash }) => `${name} ${buildHash}`),
        wanted,
      );
      assert.deepEqual(
        (await binhost.list()).map(({ name, buildHash }) => `${name} ${buildHash}`),
        wanted,
      );
    });

    test('keeps what is there when the same build is put again with other bytes', async () => {
      const { binhost, writer } = newFarm();
      const first = await writer.put(alpha);
      const other = await samples.pack('alpha', { salt: 'other' });
      const again = await writer.put({ ...other, buildHash: alpha.buildHash });
      assert.equal(again.digest, first.digest);
      assert.equal((await binhost.find(alpha))?.digest, first.digest);
    });

    rule('put', 'refuses a file that is not what the upload says, and keeps nothing of it', async () => {
      const { binhost } = newFarm();
      const wrong = { ...alpha, blob: { ...alpha.blob, digest: digestOf('something else') } };
      await assert.rejects(binhost.put(wrong), { code: 'PACKAGE_DAMAGED' });
      assert.equal(await binhost.find(alpha), undefined);
    });

    rule('put', 'refuses names that a repository cannot have', async () => {
      const { binhost } = newFarm();
      for (const name of ['a..b', '../x', 'a-', 'A', 'releases', 'channels', 'a/b']) {
        await assert.rejects(binhost.put({ ...alpha, name }), { code: 'NAME_INVALID' }, name);
      }
    });

    rule('put', 'two that put the same package at once both succeed', async () => {
      const { farm } = newFarm();
      const stored = await Promise.all([1, 2, 3].map(() => subject.open(farm).put(alpha)));
      assert.deepEqual(new Set(stored.map(({ digest }) => digest)), new Set([alpha.blob.digest]));
      assert.equal((await subject.open(farm).examine(alpha)).problem, undefined);
    });

    for (const how of ['gone', 'short'] as const) {
      rule(
        how === 'short' ? 'mend a short blob' : 'put',
        `mends a package whose blob is ${how} when it is put again`,
        async () => {
          const { farm, binhost, writer } = newFarm();
          const upload = await samples.pack('alpha', { salt: `to be mended, ${how}` });
          const stored = await writer.put(upload);
          await subject.damage(farm, stored, how);
          assert.equal((await binhost.find(upload))?.digest, stored.digest);
          assert.notEqual((await binhost.examine(upload)).problem, undefined);
          await writer.put(upload);
          assert.equal((await binhost.examine(upload)).problem, undefined);
        },
      );
    }

    for (const how of ['gone', 'short', 'changed'] as const) {
      test(`an examination tells that a blob is ${how}`, async () => {
        const { farm, binhost, writer } = newFarm();
        const upload = await samples.pack('alpha', { salt: how });
        const stored = await writer.put(upload);
        const { problem, bytes } = await binhost.examine(upload);
        assert.equal(problem, undefined);
        assert.ok(bytes > stored.size);
        await subject.damage(farm, stored, how);
        assert.match((await binhost.examine(upload)).problem ?? '', /\w/);
      });
    }

    test('an examination of what is not there fails with PACKAGE_NOT_FOUND', async () => {
      await assert.rejects(newFarm().binhost.examine(alpha), { code: 'PACKAGE_NOT_FOUND' });
    });

    rule('remove', 'removes a package and nothing else, and takes it again', async () => {
      const { binhost } = newFarm();
      const other = await samples.pack('alpha', { salt: '2' });
      for (const upload of [alpha, other]) await binhost.put(upload);
      assert.equal(await binhost.remove(alpha), true);
      assert.equal(await binhost.remove(alpha), false);
      assert.equal(await binhost.find(alpha), undefined);
      assert.deepEqual(
        (await binhost.list()).map(({ buildHash }) => buildHash),
        [other.buildHash],
      );
      assert.equal((await binhost.examine(other)).problem, undefined);
      await binhost.put(alpha);
      assert.equal((await binhost.examine(alpha)).problem, undefined);
    });

    rule(
      'sweep',
      'a sweep finds what nothing refers to, removes it when asked, and lets packages and documents be',
      async () => {
        const { binhost } = newFarm();
        const stored = await binhost.put(alpha);
        const first = samples.sign('one');
        await binhost.putDocument('channel', 'latest', { envelope: first, replace: false });
        assert.deepEqual(await binhost.sweep({ remove: true }), []);
        const ifCurrent = digestOf(formatCanonicalJson(first));
        await binhost.putDocument('channel', 'latest', { envelope: samples.sign('two'), replace: true, ifCurrent });
        const found = await binhost.sweep({ remove: false });
        assert.equal(found.length, 2, 'the replaced manifest and envelope');
        assert.deepEqual(await binhost.sweep({ remove: true }), found);
        assert.deepEqual(await binhost.sweep({ remove: false }), []);
        assert.equal((await binhost.examine(stored)).problem, undefined);
        assert.deepEqual((await binhost.getDocument('channel', 'latest'))?.envelope, samples.sign('two'));
      },
    );

    test('gives a document as it was put, with its digest', async () => {
      const { binhost, writer } = newFarm();
      const envelope = samples.sign('release');
      await writer.putDocument('release', '2026.1', { envelope, replace: false });
      await writer.putDocument('release', '2026.1-rc.1', { envelope, replace: false });
      await writer.putDocument('channel', 'latest', { envelope, replace: false });
      const digest = digestOf(formatCanonicalJson(envelope));
      const { location } = binhost;
      assert.deepEqual(await binhost.getDocument('release', '2026.1'), {
        kind: 'release',
        name: '2026.1',
        digest,
        envelope,
        location,
      });
      assert.deepEqual(await binhost.listDocuments('release'), ['2026.1', '2026.1-rc.1']);
      assert.deepEqual(await binhost.listDocuments('channel'), ['latest']);
      assert.deepEqual(await writer.listReferences(), []);
    });

    rule('put', 'never replaces a release; the same again is fine', async () => {
      const { binhost } = newFarm();
      const envelope = samples.sign('one');
      const { digest } = await binhost.putDocument('release', 'r', { envelope, replace: false });
      await binhost.putDocument('release', 'r', { envelope, replace: false });
      const other = samples.sign('two');
      for (const replace of [false, true]) {
        await assert.rejects(binhost.putDocument('release', 'r', { envelope: other, replace, ifCurrent: digest }), {
          code: 'DOCUMENT_EXISTS',
        });
      }
      assert.equal((await binhost.getDocument('release', 'r'))?.digest, digest);
    });

    rule('put', 'replaces a channel only when the caller has seen the current one', async () => {
      const { binhost } = newFarm();
      const put = (says: string, ifCurrent?: typeof alpha.diffId) =>
        binhost.putDocument('channel', 'latest', {
          envelope: samples.sign(says),
          replace: true,
          ...(ifCurrent === undefined ? {} : { ifCurrent }),
        });
      await assert.rejects(put('one', digestOf('imagined')), { code: 'DOCUMENT_CHANGED' });
      const one = await put('one');
      await assert.rejects(put('two'), { code: 'DOCUMENT_CHANGED' });
      const two = await put('two', one.digest);
      await assert.rejects(put('three', one.digest), { code: 'DOCUMENT_CHANGED' });
      assert.equal((await binhost.getDocument('channel', 'latest'))?.digest, two.digest);
    });

    rule('replace under a race', 'of several that replace a channel at once, one succeeds', async () => {
      const { farm, binhost } = newFarm();
      const one = await binhost.putDocument('channel', 'latest', { envelope: samples.sign('one'), replace: false });
      const replace = (says: string) =>
        subject
          .open(farm)
          .putDocument('channel', 'latest', { envelope: samples.sign(says), replace: true, ifCurrent: one.digest });
      const results = await Promise.allSettled(['two', 'three', 'four'].map(replace));
      const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.digest] : []));
      const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
      assert.equal(won.length, 1);
      assert.ok(lost.every((error) => isFarmError(error, 'DOCUMENT_CHANGED')));
      assert.equal((await binhost.getDocument('channel', 'latest'))?.digest, won[0]);
    });

    test('refuses names that a document cannot have', async () => {
      const { writer, binhost } = newFarm();
      for (const name of ['', '..', '../x', 'A', 'a/b', 'a'.repeat(65)]) {
        await assert.rejects(writer.putDocument('release', name, { envelope: samples.sign('x'), replace: false }), {
          code: 'NAME_INVALID',
        });
        await assert.rejects(binhost.getDocument('release', name), { code: 'NAME_INVALID' });
      }
    });

    test('keeps a program for each system, and replaces it only when the caller has seen the current one', async () => {
      const { writer, binhost } = newFarm();
      const system = 'x86_64-linux' as ProgramSystem;
      assert.equal(await binhost.programs.find(system), undefined);
      assert.deepEqual(await binhost.programs.list(), []);
      const put = (says: string, ifCurrent?: Digest) => {
        const path = join(samples.folder, says);
        writeFileSync(path, says);
        const blob = { path, digest: digestOf(says), size: says.length };
        const seen = ifCurrent === undefined ? {} : { ifCurrent };
        return writer.programs.put({ system, envelope: samples.sign(says), blob, ...seen });
      };
      const one = await put('one');
      await assert.rejects(put('two'), { code: 'DOCUMENT_CHANGED' });
      const two = await put('two', one.digest);
      const found = await binhost.programs.find(system);
      assert.deepEqual([found?.digest, found?.blob.digest], [two.digest, digestOf('two')]);
      assert.deepEqual(found?.envelope, samples.sign('two'));
      assert.deepEqual(await binhost.programs.list(), [system]);
      const chunks = [];
      for await (const chunk of binhost.programs.openBlob(found!)) chunks.push(chunk);
      assert.equal(Buffer.concat(chunks).toString(), 'two');
      assert.deepEqual(await binhost.listReferences(), [], 'it is no package');
    });

    test('keeps farms apart', async () => {
      const [one, two] = [newFarm(), newFarm()];
      await one.writer.put(alpha);
      assert.equal(await two.binhost.find(alpha), undefined);
      await two.writer.put(await samples.pack('beta'));
      assert.deepEqual(
        (await one.binhost.listReferences()).map(({ name }) => name),
        ['alpha'],
      );
    });
  });
}
