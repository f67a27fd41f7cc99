import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import type { Binhost, PackageUpload } from '../../src/binhost/binhost.ts';
import type { BinhostEvent } from '../../src/binhost/binhost-events.ts';
import { type OpenBinhostOptions, openBinhost } from '../../src/binhost/open-binhost.ts';
import { isFarmError } from '../../src/core/farm-error.ts';
import {
  type Fault,
  type FaultRegistry,
  type RegistryManners,
  type RegistryRequest,
  startFaultRegistry,
} from '../fakes/fault-registry.ts';
import { binhostContract, readBlob } from './binhost-contract.ts';
import { type BinhostSamples, makeSamples } from './binhost-samples.ts';

const patience = { firstPause: 0.005, longestPause: 0.02, stallSeconds: 0.4, attempts: 5 };
const chunks = { monolithic: 100_000, chunk: 65_536 };

let samples: BinhostSamples;
let upload: PackageUpload;
before(async () => {
  samples = await makeSamples();
  upload = await samples.pack('alpha', { bytes: 300_000 });
});

/** Opens a registry's binhost with little patience; events are kept. */
function open(
  registry: FaultRegistry,
  options: Partial<OpenBinhostOptions> = {},
): Binhost & { readonly events: BinhostEvent[] } {
  const events: BinhostEvent[] = [];
  const emit = (event: BinhostEvent) => void events.push(event);
  return {
    ...openBinhost(`oci://${registry.host}`, { farm: 'nova', environment: {}, patience, emit, ...options }),
    events,
  };
}

binhostContract('a registry with pages of two and uploads on another host', {
  excused: {
    'blob path': 'its blobs are not files of this machine',
    'replace under a race': 'the protocol has no conditional requests: the later one wins',
    sweep: 'a registry collects its garbage itself',
    'mend a short blob': 'this fake cannot be damaged behind its back',
    put: 'is tried with faults below',
  },
  start: async () => {
    const registry = await startFaultRegistry({ pageSize: 2, location: 'other host' });
    return {
      servers: [registry],
      open: (farm) =>
        openBinhost(`oci://${registry.host}/deep/path`, { farm, environment: {}, patience, uploads: chunks }),
      damage: (_, { digest }, how) => {
        registry.manners.fault = ({ method, path }) => {
          if (!path.endsWith(digest) || method !== 'GET') return undefined;
          if (how === 'gone') return { do: 'answer', status: 404 };
          return how === 'short'
            ? { do: 'answer', status: 200, headers: { 'content-length': '5' }, body: 'short' }
            : { do: 'corrupt', at: 1000 };
        };
      },
    };
  },
});

/** A fault for the first requests of a kind. */
function first(count: number, method: string, path: RegExp, fault: Fault): NonNullable<RegistryManners['fault']> {
  return (request: RegistryRequest) => {
    return request.method === method && path.test(request.path) && request.earlier < count ? fault : undefined;
  };
}

describe('A push succeeds though', () => {
  const cases: readonly { says: string; manners: RegistryManners; uploads?: typeof chunks }[] = [
    {
      says: 'the registry is busy twice (503, Retry-After)',
      manners: { fault: first(2, 'POST', /uploads/, { do: 'answer', status: 503, headers: { 'retry-after': '0' } }) },
    },
    {
      says: 'it wants fewer requests (429)',
      manners: { fault: first(2, 'PUT', /manifests/, { do: 'answer', status: 429 }) },
    },
    {
      says: 'the connection drops while a blob is uploaded',
      manners: { fault: first(1, 'PUT', /uploads/, { do: 'drop upload', after: 50_000 }) },
    },
    { says: 'the answer to an upload is lost', manners: { fault: first(1, 'PUT', /uploads/, { do: 'lose answer' }) } },
    {
      says: 'the answer to the manifest is lost',
      manners: { fault: first(1, 'PUT', /manifests/, { do: 'lose answer' }) },
    },
    {
      says: 'a byte of an upload changes on the way',
      manners: { fault: first(1, 'PUT', /uploads/, { do: 'corrupt upload', at: 5 }) },
    },
    { says: 'the registry stalls', manners: { fault: first(1, 'HEAD', /blobs/, { do: 'stall', milliseconds: 2000 }) } },
    {
      says: 'every first request of a kind is dropped',
      manners: { fault: ({ earlier }) => (earlier === 0 ? { do: 'drop' } : undefined) },
    },
    { says: 'uploads go to another host', manners: { location: 'other host' } },
    { says: 'uploads go to an absolute address', manners: { location: 'absolute' } },
    { says: 'it goes in chunks', manners: {}, uploads: chunks },
    { says: 'it goes in chunks to another host', manners: { location: 'other host' }, uploads: chunks },
    {
      says: 'the connection drops in a chunk',
      manners: { fault: first(2, 'PATCH', /uploads/, { do: 'drop upload', after: 30_000 }) },
      uploads: chunks,
    },
    {
      says: 'the answer to a chunk is lost',
      manners: { fault: first(2, 'PATCH', /uploads/, { do: 'lose answer' }) },
      uploads: chunks,
    },
    {
      says: 'a byte of a chunk changes on the way',
      manners: { fault: first(1, 'PATCH', /uploads/, { do: 'corrupt upload', at: 5 }) },
      uploads: chunks,
    },
    { says: 'the registry refuses chunks', manners: { patch: 'refused' }, uploads: chunks },
    { says: 'the registry counts chunks wrongly', manners: { patch: 'stuck range' }, uploads: chunks },
    {
      says: 'the end of an upload in chunks is lost',
      manners: { fault: first(1, 'PUT', /uploads/, { do: 'lose answer' }) },
      uploads: chunks,
    },
  ];
  for (const { says, manners, uploads } of cases) {
    test(says, async () => {
      await using registry = await startFaultRegistry(manners);
      await open(registry, uploads === undefined ? {} : { uploads }).put(upload);
      delete registry.manners.fault;
      assert.equal((await open(registry).examine(upload)).problem, undefined);
    });
  }
});

test('a chunk that broke off is not sent again from the beginning of the blob', async () => {
  await using registry = await startFaultRegistry({
    fault: first(3, 'PATCH', /uploads/, { do: 'drop upload', after: 30_000 }),
  });
  await open(registry, { uploads: chunks }).put(upload);
  assert.ok(registry.received() < upload.blob.size + 10_000, `${registry.received()} bytes for ${upload.blob.size}`);
  assert.equal((await open(registry).examine(upload)).problem, undefined);
});

describe('A pull succeeds, byte by byte, though', () => {
  const blobs = /blobs\/sha256/;
  const cases: readonly { says: string; fault: NonNullable<RegistryManners['fault']> }[] = [
    { says: 'the registry is busy twice', fault: first(2, 'GET', blobs, { do: 'answer', status: 502 }) },
    { says: 'the connection breaks three times', fault: first(3, 'GET', blobs, { do: 'truncate', after: 90_000 }) },
    {
      says: 'it breaks, and ranges are ignored',
      fault: ({ method, path, earlier }) =>
        method !== 'GET' || !blobs.test(path)
          ? undefined
          : earlier === 0
            ? { do: 'truncate', after: 90_000 }
            : { do: 'ignore range' },
    },
    {
      says: 'it breaks, and ranges are wrong',
      fault: ({ method, path, earlier }) =>
        method !== 'GET' || !blobs.test(path)
          ? undefined
          : earlier === 0
            ? { do: 'truncate', after: 90_000 }
            : earlier === 1
              ? { do: 'wrong range' }
              : undefined,
    },
    {
      says: 'it breaks, and ranges are refused',
      fault: ({ method, path, headers, earlier }) =>
        method !== 'GET' || !blobs.test(path)
          ? undefined
          : earlier === 0
            ? { do: 'truncate', after: 90_000 }
            : headers.range
              ? { do: 'answer', status: 416 }
              : undefined,
    },
    {
      says: 'the manifest arrives with a changed byte',
      fault: first(2, 'GET', /manifests/, { do: 'corrupt', at: 30 }),
    },
    { says: 'the manifest breaks off', fault: first(2, 'GET', /manifests/, { do: 'truncate', after: 30 }) },
    { says: 'nothing comes for a while', fault: first(1, 'GET', /./, { do: 'stall', milliseconds: 2000 }) },
  ];
  for (const { says, fault } of cases) {
    test(says, async () => {
      await using registry = await startFaultRegistry();
      await open(registry).put(upload);
      registry.manners.fault = fault;
      const binhost = open(registry);
      const stored = (await binhost.find(upload))!;
      assert.ok((await readBlob(binhost, stored)).equals(readFileSync(upload.blob.path)));
    });
  }
});

test('retries are told with their reason, and stop after as many as were allowed', async () => {
  await using registry = await startFaultRegistry({
    fault: () => ({ do: 'answer', status: 503, body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"later"}]}' }),
  });
  const binhost = open(registry);
  await assert.rejects(binhost.find(upload), { code: 'BINHOST_UNAVAILABLE', message: /503: TOOMANYREQUESTS, later/ });
  assert.deepEqual(
    binhost.events.map(({ type }) => type),
    Array(4).fill('binhost.retried'),
  );
  assert.equal(registry.log.length, 5);
});

test('what will not get better is not tried again', async () => {
  await using registry = await startFaultRegistry({ fault: () => ({ do: 'answer', status: 410 }) });
  await assert.rejects(open(registry).find(upload), { code: 'BINHOST_UNAVAILABLE' });
  assert.equal(registry.log.length, 1);
});

test('an interrupt ends the waiting at once', async () => {
  await using registry = await startFaultRegistry({
    fault: () => ({ do: 'answer', status: 503, headers: { 'retry-after': '30' } }),
  });
  const abort = new AbortController();
  const binhost = open(registry, { signal: abort.signal });
  const began = performance.now();
  setTimeout(() => abort.abort(new Error('stopped')), 50);
  await assert.rejects(binhost.find(upload), /stopped|aborted/);
  assert.ok(performance.now() - began < 5000);
});

test('a package is taken over within a registry by naming its blob, or sent where that is not done', async () => {
  for (const mounts of [true, false]) {
    await using registry = await startFaultRegistry({ mounts });
    const from = openBinhost(`oci://${registry.host}/one`, { farm: 'nova', environment: {} });
    const to = openBinhost(`oci://${registry.host}/two`, { farm: 'nova', environment: {} });
    const stored = await from.put(upload);
    const sent = registry.received();
    assert.equal((await to.adopt!(stored, from))?.digest, mounts ? stored.digest : undefined);
    assert.equal(registry.received() - sent < 10_000, true);
    if (mounts) assert.equal((await to.examine(upload)).problem, undefined);
  }
});

test('a registry that does not tell its repositories, or removes nothing, is BINHOST_UNSUPPORTED', async () => {
  await using registry = await startFaultRegistry({ catalog: false, deletes: false });
  const binhost = open(registry);
  await binhost.put(upload);
  await assert.rejects(binhost.listReferences(), { code: 'BINHOST_UNSUPPORTED' });
  await assert.rejects(binhost.remove(upload), { code: 'BINHOST_UNSUPPORTED' });
  assert.deepEqual(await binhost.listDocuments('release'), []);
});

test('a server that redirects in circles, or to plain addresses of other kinds, is given up', async () => {
  for (const location of ['/v2/', 'ftp://127.0.0.1/x', 'file:///etc/passwd']) {
    await using registry = await startFaultRegistry({
      fault: () => ({ do: 'answer', status: 307, headers: { location } }),
    });
    await assert.rejects(open(registry).find(upload), { code: 'BINHOST_UNAVAILABLE', message: /redirects/ });
  }
});

test('a manifest or blob without end is cut off', async () => {
  await using registry = await startFaultRegistry();
  await open(registry).put(upload);
  registry.manners.fault = ({ path }) =>
    path.includes('/manifests/') ? { do: 'answer', status: 200, body: 'x'.repeat(5 << 20) } : undefined;
  await assert.rejects(open(registry).find(upload), { code: 'BINHOST_UNAVAILABLE', message: /more than/ });
});

test('plain http is refused beyond this machine, and used where it is asked for', async () => {
  const find = (location: string) =>
    openBinhost(location, { farm: 'x', environment: {}, patience: { attempts: 1 } }).find(upload);
  await assert.rejects(
    find('oci://registry.invalid'),
    (error) => isFarmError(error, 'BINHOST_UNAVAILABLE') && /no such server|looked up/.test(error.message),
  );
  await using registry = await startFaultRegistry({
    fault: () => ({ do: 'answer', status: 307, headers: { location: 'http://registry.invalid/' } }),
  });
  await assert.rejects(open(registry).find(upload), { message: /plain http.*is not used beyond this machine/ });
});
