import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, beforeEach, test } from 'node:test';
import { type Fault, type FaultRegistry, type RegistryRequest, startFaultRegistry } from '../fakes/fault-registry.ts';
import { type FileServer, sendBytes, startFileServer } from '../fakes/file-server.ts';
import { startFolderServer } from '../fakes/folder-server.ts';
import { assertWhole, rememberStore, type StoreReference } from './area-state.ts';
import { makeTopFolder } from './farm-fixture.ts';
import { makeReleaseFarm, type PlainPackage, type ReleaseFarm } from './release-fixture.ts';
import type { Run } from './run-binfarm.ts';
import { startBinfarm } from './start-binfarm.ts';

const top = makeTopFolder('faulty-network');
const area = join(top, 'area');
const names = 'abcdef'.split('');
const packages = (version: string) =>
  names.map((name): PlainPackage => ({ name, version: name === 'a' ? '1' : version, bytes: 300_000 }));
let farm: ReleaseFarm;
let reference: StoreReference;
let oldState: readonly string[] | undefined;

before(async () => {
  farm = await makeReleaseFarm(join(top, 'farm'), [
    { name: '1', packages: packages('1') },
    { name: '2', packages: packages('2') },
  ]);
  await mustInstall('2', farm.binhost);
  reference = rememberStore(area);
});

/** Every test begins with the first release in use. */
beforeEach(async () => {
  rmSync(area, { recursive: true, force: true });
  await mustInstall('1', farm.binhost);
  reference = rememberStore(area, reference);
  oldState = await assertWhole(area, reference);
});

function start(release: string, from: string) {
  return startBinfarm(farm, [
    ...['install', '--prefix', area, '--release', `tiny/${release}`, '--from', from, '--key', farm.key, '--json'],
  ]);
}

async function install(release: string, from: string): Promise<Run> {
  return await start(release, from).ended;
}

async function mustInstall(release: string, from: string): Promise<Run> {
  const run = await install(release, from);
  assert.equal(run.exitCode, 0, run.stderr + run.stdout);
  return run;
}

function errorOf({ stdout }: Run): { code: string; message: string; because?: string; hint?: string } {
  return (JSON.parse(stdout) as { error: ReturnType<typeof errorOf> }).error;
}

async function assertNew(): Promise<void> {
  const used = await assertWhole(area, reference);
  assert.deepEqual(
    used?.map((name) => name.slice(0, 3)),
    ['a-1', ...names.slice(1).map((name) => `${name}-2`)],
  );
}

/** The requests of a log for the blobs of packages, by the package's name. */
function blobRequests(log: readonly string[]): string[] {
  return log.flatMap((line) => /^GET .*\/([a-f])\/blobs\//.exec(line)?.[1] ?? []).toSorted();
}

async function pushedRegistry(fault: (request: RegistryRequest) => Fault | undefined): Promise<FaultRegistry> {
  const registry = await startFaultRegistry();
  const { exitCode, stderr } = await startBinfarm(farm, ['binhost', 'push', `oci://${registry.host}/test`]).ended;
  assert.equal(exitCode, 0, stderr);
  registry.log.length = 0;
  registry.manners.fault = ({ earlier, ...request }) => {
    const isBlob = request.method === 'GET' && /\/[a-f]\/blobs\//.test(request.path);
    return isBlob ? fault({ ...request, earlier }) : undefined;
  };
  return registry;
}

/** What goes wrong at the first request for the blob of each package. */
const faults: Readonly<Record<string, Fault>> = {
  b: { do: 'drop' },
  c: { do: 'truncate', after: 120_000 },
  d: { do: 'stall', milliseconds: 1500 },
  e: { do: 'corrupt', at: 200_000 },
  f: { do: 'answer', status: 503, headers: { 'retry-after': '1' } },
};

test('an installation succeeds from a registry that drops, truncates, delays, changes and refuses the first answer for each blob', async () => {
  await using registry = await pushedRegistry(({ path, earlier }) => {
    return earlier === 0 ? faults[/\/([a-f])\/blobs\//.exec(path)?.[1] ?? ''] : undefined;
  });
  const { stderr } = await mustInstall('2', `oci://${registry.host}/test`);
  await assertNew();
  assert.match(stderr, /e 2 did not arrive as it was signed/, 'what was changed on its way is told');
});

test('a download that breaks off goes on where it was, and no byte comes twice', async () => {
  await using server = await startFolderServer(farm.binhost);
  let sent = 0;
  await using breaking = await startFileServer(async (request, response) => {
    const answer = await fetch(`${server.url}${request.url}`, { headers: request.headers as Record<string, string> });
    const bytes = Buffer.from(await answer.arrayBuffer());
    response.writeHead(
      answer.status,
      Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('content-'))),
    );
    const isBlob = /\/[a-f]\/blobs\//.test(request.url!);
    const part = isBlob ? bytes.subarray(0, 90_000) : bytes;
    if (isBlob) sent += part.length;
    response.write(part, () => (part.length < bytes.length ? response.socket?.destroy() : response.end()));
  });
  const { stdout } = await mustInstall('2', breaking.url);
  const { bytes } = JSON.parse(stdout) as { bytes: number };
  await assertNew();
  assert.ok(sent >= bytes && sent < bytes * 1.02, `${sent} bytes sent for ${bytes}`);
});

test('a blob that comes wrong every time is PACKAGE_DAMAGED by name; the area stays as it was, and the next installation fetches nothing else again', async () => {
  const bad = farm.blobOf('2', 'd');
  await using registry = await pushedRegistry(({ path }) =>
    path.endsWith(bad) ? { do: 'corrupt', at: 150_000 } : undefined,
  );
  const run = await install('2', `oci://${registry.host}/test`);
  const { code, message, because } = errorOf(run);
  assert.deepEqual([run.exitCode, code], [1, 'PACKAGE_DAMAGED']);
  assert.match(`${message} ${because}`, /package "d".*its digest is|package "d"/);
  assert.deepEqual(await assertWhole(area, reference), oldState);
  const before = blobRequests(registry.log);
  assert.equal(before.filter((name) => name === 'd').length, 3, 'it was tried three times');
  registry.log.length = 0;
  registry.manners.fault = () => undefined;
  await mustInstall('2', `oci://${registry.host}/test`);
  await assertNew();
  const again = blobRequests(registry.log);
  assert.ok(again.includes('d'));
  assert.deepEqual(
    again.filter((name) => name !== 'd' && before.includes(name)),
    [],
  );
});

test('a server that is gone in the middle is BINHOST_UNAVAILABLE, and what had come by then is not fetched again', async () => {
  await using server = await startFolderServer(farm.binhost);
  await using gone = await startFileServer(stopAfter(3, server));
  const run = await install('2', gone.url);
  assert.deepEqual([run.exitCode, errorOf(run).code], [3, 'BINHOST_UNAVAILABLE'], run.stdout);
  assert.deepEqual(await assertWhole(area, reference), oldState);
  const before = server.log.length;
  await mustInstall('2', server.url);
  await assertNew();
  assert.equal(blobRequests(server.log.slice(before)).length, 2, 'three of five were there');
});

/** Passes so many blobs on from another server, and then answers nobody any more. */
function stopAfter(count: number, server: FileServer): Parameters<typeof startFileServer>[0] {
  let left = count;
  return async (request, response) => {
    const isBlob = /\/[a-f]\/blobs\//.test(request.url!);
    if (isBlob) left -= 1;
    if (left < 0) {
      response.socket?.destroy();
      return;
    }
    const answer = await fetch(`${server.url}${request.url}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.ok) sendBytes(request, response, bytes);
    else response.writeHead(answer.status).end();
  };
}

test('an installation that is stopped while it waits for the network ends soon, and keeps what it had', async () => {
  const slow = farm.blobOf('2', 'f');
  await using registry = await pushedRegistry(({ path }) =>
    path.endsWith(slow) ? { do: 'stall', milliseconds: 60_000 } : undefined,
  );
  const run = start('2', `oci://${registry.host}/test`);
  for (const name of ['b', 'c', 'd', 'e']) await run.says(`${name} 2: unpacked`);
  run.kill('SIGTERM', 'process');
  const begin = performance.now();
  assert.equal((await run.ended).exitCode, 143);
  assert.ok(performance.now() - begin < 5000, 'it does not wait for the server');
  assert.deepEqual(await assertWhole(area, reference), oldState);
  registry.log.length = 0;
  registry.manners.fault = () => undefined;
  await mustInstall('2', `oci://${registry.host}/test`);
  await assertNew();
  assert.deepEqual(blobRequests(registry.log), ['f']);
});

const documents = [
  ['a byte of the release is changed', { do: 'corrupt', at: 900 }],
  ['the release breaks off', { do: 'truncate', after: 300 }],
] as const;

for (const [says, fault] of documents) {
  test(`when ${says} on its way, every time, the installation fails with a code, and the area stays as it was`, async () => {
    await using registry = await pushedRegistry(() => undefined);
    registry.manners.fault = ({ path, method }) =>
      method === 'GET' && /\/releases\/(manifests|blobs)\//.test(path) ? fault : undefined;
    const run = await install('2', `oci://${registry.host}/test`);
    const { code } = errorOf(run);
    assert.ok(
      ['DOCUMENT_DAMAGED', 'SIGNATURE_INVALID', 'RELEASE_INVALID', 'BINHOST_UNAVAILABLE'].includes(code),
      run.stdout,
    );
    assert.deepEqual(await assertWhole(area, reference), oldState);
  });
}
