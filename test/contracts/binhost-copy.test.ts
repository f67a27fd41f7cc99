import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Binhost, PackageReference, PackageUpload } from '../../src/binhost/binhost.ts';
import type { BinhostEvent } from '../../src/binhost/binhost-events.ts';
import { checkBinhost } from '../../src/binhost/check-binhost.ts';
import { copyPackages } from '../../src/binhost/copy-packages.ts';
import { openBinhost } from '../../src/binhost/open-binhost.ts';
import { openBinhosts } from '../../src/binhost/open-binhosts.ts';
import { openDirectoryBinhost } from '../../src/binhost/open-directory-binhost.ts';
import { pruneBinhost } from '../../src/binhost/prune-binhost.ts';
import { FarmError } from '../../src/core/farm-error.ts';
import { type FaultRegistry, startFaultRegistry } from '../fakes/fault-registry.ts';
import { damageFile, readBlob } from './binhost-contract.ts';
import { type BinhostSamples, makeFolder, makeSamples } from './binhost-samples.ts';

const farm = 'nova';
const names = ['alpha', 'beta', 'delta', 'gamma'];
const patience = { firstPause: 0.005, longestPause: 0.02, stallSeconds: 0.5, attempts: 3 };
let samples: BinhostSamples;
let uploads: PackageUpload[];
let source: Binhost;
let registry: FaultRegistry;
let remote: Binhost;

before(async () => {
  samples = await makeSamples();
  uploads = await Promise.all(names.map((name) => samples.pack(name, { bytes: 400_000 })));
  source = openDirectoryBinhost(makeFolder('source'), farm);
  registry = await startFaultRegistry();
  remote = openBinhost(`oci://${registry.host}`, { farm, environment: {}, patience });
  for (const upload of uploads) await source.put(upload);
  await copyPackages(source, remote, uploads);
});
after(() => registry[Symbol.asyncDispose]());

const target = (folder = makeFolder('target')) => openDirectoryBinhost(folder, farm);
const namesOf = (items: readonly PackageReference[]) => items.map(({ name }) => name).toSorted();
const blobRequests = () => registry.log.filter((line) => /^GET .*blobs/.test(line)).length;

/** The test's registry misbehaves until the work is done. */
async function withFault<Result>(
  fault: NonNullable<FaultRegistry['manners']['fault']>,
  work: () => Promise<Result>,
): Promise<Result> {
  registry.manners.fault = fault;
  try {
    return await work();
  } finally {
    delete registry.manners.fault;
  }
}

describe('Copying packages', () => {
  test('moves what is missing and nothing else, and says what it did', async () => {
    const to = target();
    await to.put(uploads[0]!);
    const events: BinhostEvent[] = [];
    const absent = { name: 'omega', buildHash: 'f'.repeat(64) as PackageUpload['buildHash'] };
    const before = blobRequests();
    const result = await copyPackages(remote, to, [...uploads, absent], { emit: (event) => void events.push(event) });
    assert.deepEqual(
      [namesOf(result.copied), namesOf(result.kept), namesOf(result.missing)],
      [['beta', 'delta', 'gamma'], ['alpha'], ['omega']],
    );
    assert.equal(blobRequests() - before, 3);
    assert.equal(
      result.bytes,
      uploads.slice(1).reduce((sum, { blob }) => sum + blob.size, 0),
    );
    const told = (type: string) => events.filter((event) => event.type === type).length;
    assert.deepEqual(['binhost.planned', 'binhost.started', 'binhost.copied'].map(told), [1, 3, 3]);
    assert.equal((await checkBinhost(to, { repair: false })).damaged.length, 0);
  });

  test('gives the copy the same manifest, byte by byte', async () => {
    const to = target();
    await copyPackages(remote, to, [uploads[0]!]);
    const [first, second] = [source, to].map((binhost) => {
      const { buildHash, name } = uploads[0]!;
      return readFileSync(join(binhost.location, 'v2', farm, name, 'manifests', buildHash), 'utf8');
    });
    assert.equal(first, second);
  });

  test('goes on where an earlier try broke off, in another process too', async () => {
    const folder = makeFolder('target');
    const size = uploads[1]!.blob.size;
    const hex = uploads[1]!.blob.digest.slice('sha256:'.length);
    mkdirSync(join(folder, '.incoming'));
    writeFileSync(
      join(folder, '.incoming', `${hex}.part`),
      readFileSync(uploads[1]!.blob.path).subarray(0, size - 1000),
    );
    const ranges: unknown[] = [];
    const watch = ({
      method,
      path,
      headers,
    }: {
      method: string;
      path: string;
      headers: { range?: string | undefined };
    }) => {
      if (method === 'GET' && path.includes('/blobs/')) ranges.push(headers.range);
      return undefined;
    };
    const result = await withFault(watch, () => copyPackages(remote, target(folder), [uploads[1]!]));
    assert.deepEqual([namesOf(result.copied), ranges], [['beta'], [`bytes=${size - 1000}-`]]);
    assert.deepEqual(readdirSync(join(folder, '.incoming')), []);
  });

  test('throws away what an earlier try has left, when it turns out to be wrong', async () => {
    const folder = makeFolder('target');
    const hex = uploads[1]!.blob.digest.slice('sha256:'.length);
    mkdirSync(join(folder, '.incoming'));
    writeFileSync(join(folder, '.incoming', `${hex}.part`), Buffer.alloc(5000));
    const to = target(folder);
    await copyPackages(remote, to, [uploads[1]!]);
    assert.equal((await to.examine(uploads[1]!)).problem, undefined);
  });

  test('fetches again what was corrupted on the way, and gives up when it always is', async () => {
    const path = uploads[2]!.blob.digest;
    let times = 1;
    const corrupt = (request: { method: string; path: string }) => {
      if (request.method !== 'GET' || !request.path.endsWith(path) || times === 0) return undefined;
      times -= 1;
      return { do: 'corrupt', at: 100 } as const;
    };
    const once = target();
    assert.deepEqual(namesOf((await withFault(corrupt, () => copyPackages(remote, once, [uploads[2]!]))).copied), [
      'delta',
    ]);
    assert.equal((await once.examine(uploads[2]!)).problem, undefined);
    times = 1000;
    const always = target();
    const { copied, failed } = await withFault(corrupt, () => copyPackages(remote, always, uploads));
    assert.deepEqual(
      [namesOf(copied), failed.map(({ error }) => error.code)],
      [['alpha', 'beta', 'gamma'], ['PACKAGE_DAMAGED']],
    );
    assert.equal(await always.find(uploads[2]!), undefined);
  });

  test('copies nothing that is not believed, and goes on with the others', async () => {
    const to = target();
    const accept = ({ name }: { name: string }) => {
      if (name === 'beta') throw new FarmError('KEY_UNKNOWN', 'Cannot trust it: a stranger has signed it');
    };
    const { copied, failed } = await copyPackages(remote, to, uploads, { accept });
    assert.deepEqual([namesOf(copied), namesOf(failed)], [['alpha', 'delta', 'gamma'], ['beta']]);
    assert.equal(await to.find(uploads[1]!), undefined);
  });

  test('stops when the source does not answer any more; what was copied stays', async () => {
    const to = target();
    await copyPackages(remote, to, [uploads[0]!]);
    await assert.rejects(
      withFault(
        ({ path }) => (path.includes('/blobs/') ? { do: 'drop' } : undefined),
        () => copyPackages(remote, to, uploads),
      ),
      { code: 'BINHOST_UNAVAILABLE' },
    );
    assert.deepEqual(namesOf(await to.listReferences()), ['alpha']);
    assert.deepEqual(namesOf((await copyPackages(remote, to, uploads)).copied), ['beta', 'delta', 'gamma']);
  });

  test('fetches nothing twice when several copy the same at once', async () => {
    const folder = makeFolder('target');
    const before = blobRequests();
    const results = await Promise.all([1, 2, 3].map(() => copyPackages(remote, target(folder), uploads)));
    assert.equal(blobRequests() - before, uploads.length);
    assert.ok(results.every(({ failed }) => failed.length === 0));
    assert.deepEqual(readdirSync(join(folder, '.incoming')), []);
  });
});

describe('Killed at any moment,', () => {
  const program = fileURLToPath(import.meta.resolve('../fakes/copy-process.ts'));

  /** Runs the copy in a process and kills it so many milliseconds after it has begun; true when it was faster. */
  const runAndKill = async (from: string, to: string, milliseconds: number): Promise<boolean> => {
    const child = spawn(process.execPath, [program, from, to], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    await Promise.race([ended, sleep(milliseconds)]);
    child.kill('SIGKILL');
    return (await ended)[0] === 0;
  };

  const ways: readonly {
    says: string;
    make: () => Promise<{ to: Binhost; locations: [string, string]; server?: AsyncDisposable }>;
  }[] = [
    {
      says: 'a pull',
      make: async () => {
        const to = target();
        return { to, locations: [`oci://${registry.host}`, to.location] };
      },
    },
    {
      says: 'a push',
      make: async () => {
        const server = await startFaultRegistry();
        const location = `oci://${server.host}`;
        return { to: openBinhost(location, { farm, environment: {} }), locations: [source.location, location], server };
      },
    },
  ];
  for (const { says, make } of ways) {
    test(`${says} leaves only whole packages, and the next one does the rest`, async () => {
      const { to, locations, server } = await make();
      for (let tries = 0; tries < 8; tries += 1) {
        const isDone = await runAndKill(...locations, 2 + tries * 12);
        for (const reference of await to.listReferences()) {
          assert.equal((await to.examine(reference)).problem, undefined, `after ${tries} kills`);
        }
        if (isDone) break;
      }
      const { failed } = await copyPackages(openBinhost(locations[0], { farm, environment: {} }), to, uploads);
      assert.deepEqual(failed, []);
      const { packages, damaged } = await checkBinhost(to, { repair: to.readOnly === undefined });
      assert.deepEqual([packages, damaged, (await to.sweep({ remove: false })).length], [4, [], 0]);
      await server?.[Symbol.asyncDispose]();
    });
  }
});

const mayMount = spawnSync('unshare', ['-m', 'true']).status === 0 && process.getuid?.() === 0;

describe('On a file system', { skip: mayMount ? false : 'only root may mount' }, () => {
  const folder = makeFolder('small');
  const mount = (options: string) => execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  after(() => execFileSync('umount', [folder]));

  test('that is full, a pull is DISK_FULL and leaves no believed half; with more space it goes on', async () => {
    mount('size=900k');
    await assert.rejects(copyPackages(remote, target(join(folder, 'binhost')), uploads), { code: 'DISK_FULL' });
    const to = target(join(folder, 'binhost'));
    for (const reference of await to.listReferences()) assert.equal((await to.examine(reference)).problem, undefined);
    mount('remount,size=20m');
    assert.deepEqual((await copyPackages(remote, to, uploads)).failed, []);
    assert.deepEqual((await checkBinhost(to, { repair: true })).damaged, []);
    assert.deepEqual(await to.sweep({ remove: false }), []);
  });

  test('that has turned read-only, writing is PERMISSION_DENIED and reading goes on', async () => {
    mount('remount,ro');
    const to = target(join(folder, 'binhost'));
    await assert.rejects(to.put(await samples.pack('omega')), { code: 'PERMISSION_DENIED' });
    await assert.rejects(to.remove(uploads[0]!), { code: 'PERMISSION_DENIED' });
    assert.deepEqual(namesOf(await to.list()), names);
    assert.deepEqual((await checkBinhost(to, { repair: false })).damaged, []);
  });
});

describe('A check', () => {
  test('finds what is damaged and what is left over; a repair removes both, and only that', async () => {
    const folder = makeFolder('check');
    const to = target(folder);
    await copyPackages(source, to, uploads);
    const stored = await to.list();
    damageFile(to.blobPath(stored[0]!), 'changed');
    damageFile(to.blobPath(stored[1]!), 'gone');
    writeFileSync(join(folder, 'v2', farm, 'gamma', 'manifests', uploads[3]!.buildHash), '{"half":');
    writeFileSync(join(folder, 'v2', farm, 'delta', 'blobs', 'sha256:x.123.tmp'), 'half');
    mkdirSync(join(folder, '.incoming'), { recursive: true });
    writeFileSync(join(folder, '.incoming', `${'0'.repeat(64)}.part`), 'half');
    const found = await checkBinhost(to, { repair: false });
    assert.deepEqual([namesOf(found.damaged), found.packages], [['alpha', 'beta', 'gamma'], 4]);
    assert.ok(found.leftovers.length >= 2);
    const repaired = await checkBinhost(to, { repair: true });
    assert.ok(repaired.damaged.every(({ removed }) => removed));
    const again = await checkBinhost(to, { repair: false });
    assert.deepEqual([again.packages, again.damaged, again.leftovers], [1, [], []]);
    await copyPackages(source, to, uploads);
    assert.deepEqual((await checkBinhost(to, { repair: false })).damaged, []);
  });

  test('tells a damaged document', async () => {
    const folder = makeFolder('documents');
    const to = target(folder);
    const { digest } = await to.putDocument('release', 'r', { envelope: samples.sign('r'), replace: false });
    damageFile(join(folder, 'v2', farm, 'releases', 'blobs', digest), 'changed');
    assert.deepEqual(
      (await checkBinhost(to, { repair: false })).damagedDocuments.map(({ name }) => name),
      ['r'],
    );
    await to.putDocument('release', 'r', { envelope: samples.sign('r'), replace: false });
    assert.deepEqual((await checkBinhost(to, { repair: false })).damagedDocuments, []);
  });
});

test('A prune removes all but what is to be kept; a dry run says the same and removes nothing', async () => {
  const to = target();
  await copyPackages(source, to, uploads);
  const keep = new Set(uploads.slice(0, 3).map(({ buildHash }) => buildHash));
  const would = await pruneBinhost(to, keep, { dryRun: true });
  assert.equal((await to.list()).length, 4);
  assert.deepEqual(await pruneBinhost(to, keep, { dryRun: false }), would);
  assert.deepEqual([namesOf(would), would[0]?.bytes], [['gamma'], uploads[3]!.blob.size]);
  assert.deepEqual(namesOf(await to.list()), ['alpha', 'beta', 'delta']);
  assert.deepEqual((await checkBinhost(to, { repair: false })).leftovers, []);
});

describe('Several binhosts', () => {
  const open = (entries: Parameters<typeof openBinhosts>[0], events: BinhostEvent[] = []) =>
    openBinhosts(entries, { farm, environment: {}, patience, emit: (event) => void events.push(event) });

  test('are asked in order, and the first that can be written is written to', async () => {
    const [first, second] = [target(), target()];
    await second.put(uploads[1]!);
    const group = open([
      { location: first.location },
      { location: second.location },
      { location: `oci://${registry.host}` },
    ]);
    assert.equal((await group.find(uploads[1]!))?.location, second.location);
    assert.equal((await group.find(uploads[2]!))?.location, `oci://${registry.host}`);
    await group.put(uploads[1]!);
    assert.equal((await group.find(uploads[1]!))?.location, first.location);
    assert.deepEqual(namesOf(await group.list()), names);
    assert.equal((await group.examine(uploads[2]!)).problem, undefined);
  });

  test('one that does not answer is told once and left out', async () => {
    const events: BinhostEvent[] = [];
    const own = target();
    await own.put(uploads[0]!);
    const group = open([{ location: 'oci://127.0.0.1:1/x' }, { location: own.location }], events);
    for (const upload of uploads) assert.equal((await group.find(upload)) !== undefined, upload.name === 'alpha');
    assert.deepEqual(namesOf(await group.list()), ['alpha']);
    assert.equal(events.filter(({ type }) => type === 'binhost.skipped').length, 1);
  });

  test('when none answers, that is the error', async () => {
    const group = open([{ location: 'oci://127.0.0.1:1/x' }, { location: 'https://127.0.0.1:1/' }]);
    await assert.rejects(group.find(uploads[0]!), { code: 'BINHOST_UNAVAILABLE' });
    await assert.rejects(group.find(uploads[0]!), { code: 'BINHOST_UNAVAILABLE' });
  });

  test('a blob whose binhost stops answering comes on from another one that has the same', async () => {
    const own = target();
    await own.put(uploads[3]!);
    const events: BinhostEvent[] = [];
    const group = open([{ location: `oci://${registry.host}` }, { location: own.location }], events);
    const stored = (await group.find(uploads[3]!))!;
    let served = 0;
    const bytes = await withFault(
      ({ path }) => {
        if (!path.includes('/blobs/')) return undefined;
        served += 1;
        return served === 1 ? { do: 'truncate', after: 50_000 } : { do: 'drop' };
      },
      () => readBlob(group, stored),
    );
    assert.ok(bytes.equals(readFileSync(uploads[3]!.blob.path)));
    assert.ok(events.some(({ type }) => type === 'binhost.skipped'));
  });

  test('a package that another key has signed than those named for a binhost is not taken from there', async () => {
    const one = { location: source.location, keys: ['0123456789abcdef'] };
    assert.equal(await open([one]).find(uploads[0]!), undefined);
    assert.deepEqual(await open([one]).list(), []);
    const group = open([one, { location: `oci://${registry.host}`, keys: [samples.key.id] }]);
    assert.equal((await group.find(uploads[0]!))?.location, `oci://${registry.host}`);
    assert.deepEqual(group.keysOf(`oci://${registry.host}`), [samples.key.id]);
  });

  test('when none can be written, writing is BINHOST_UNSUPPORTED', async () => {
    const group = open([{ location: source.location, readOnly: true }, { location: 'https://x.invalid' }]);
    assert.notEqual(group.readOnly, undefined);
    await assert.rejects(group.put(uploads[0]!), { code: 'BINHOST_UNSUPPORTED' });
  });
});
