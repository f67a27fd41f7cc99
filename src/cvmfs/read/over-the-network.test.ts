import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fakeKeyFile, fakeName, fakeTree, makeFakeRepository } from '../../../test/fakes/cvmfs-repository.ts';
import { startFileServer } from '../../../test/fakes/file-server.ts';
import { checkRepository } from './check/check-repository.ts';
import { findEntry } from './find-entry.ts';
import { openRepository } from './open-repository.ts';
import { readContent } from './read-content.ts';
import type { ReadContext } from './read-context.ts';
import type { ReadingEvent } from './reading-events.ts';
import { answerRequest } from './serve/answer-request.ts';
import { serveFolder } from './serve/serve-folder.ts';
import { readMasterKeys } from './trust/read-master-keys.ts';
import { withChunks } from './walk-tree.ts';

const top = mkdtempSync(join(tmpdir(), 'binfarm-test-'));
const folder = join(top, 'repository');
makeFakeRepository(folder, fakeTree);
after(() => rmSync(top, { recursive: true }));
const keys = await readMasterKeys([fakeKeyFile]);
const repositories = [{ name: fakeName, folder }];
const request = { folder: '/', keys, now: Date.UTC(2026, 0, 1) };

type Misbehave = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

/** A server of the repository that now and then does something else. */
async function startServer(misbehave: Misbehave = () => false) {
  return await startFileServer(async (question, response, count) => {
    if (!misbehave(question, response, count)) await answerRequest(repositories, question, response);
  });
}

function listener(): ReadContext & { readonly events: ReadingEvent[] } {
  const events: ReadingEvent[] = [];
  return { events, emit: (event) => events.push(event), firstPause: 0.001 };
}

async function readHello(location: string, context: ReadContext, more: { readonly proxy?: URL } = {}): Promise<string> {
  const repository = await openRepository({ ...request, ...more, location }, context);
  try {
    const { entry, catalog } = await findEntry(repository, '/latest/up.txt', { follow: true });
    let text = '';
    for await (const bytes of readContent(repository, withChunks(catalog, entry))) text += bytes.toString();
    return text;
  } finally {
    await repository.close();
  }
}

test('a repository on a web server is read and checked like a folder, few requests at a time', async () => {
  await using server = await startServer();
  const location = `${server.url}/cvmfs/${fakeName}`;
  assert.equal(await readHello(location, listener()), 'hello binfarm\n');
  const result = await checkRepository({ ...request, location, objects: 'read', tags: true }, listener());
  assert.deepEqual([result.faults, result.objects, result.catalogs], [[], 10, 3]);
  const quick = await checkRepository({ ...request, location, objects: 'presence', tags: true }, listener());
  assert.equal(quick.faultCount, 0);
  assert.ok(server.requests.some(({ method }) => method === 'HEAD'));
  assert.ok(server.mostAtOnce() <= 8);
});

test('a mirror has another reference log than the origin, which is no fault', async () => {
  const mirror = join(top, 'mirror');
  makeFakeRepository(mirror, fakeTree);
  writeFileSync(join(mirror, '.cvmfsreflog'), 'its own');
  await using server = await startFileServer(async (question, response) => {
    await answerRequest([{ name: fakeName, folder: mirror }], question, response);
  });
  const check = async () =>
    await checkRepository({ ...request, location: server.url, objects: 'none', tags: false }, listener());
  const { faults, warnings } = await check();
  assert.deepEqual([faults, warnings.map(({ path }) => path)], [[], ['.cvmfsreflog']]);
  writeFileSync(join(mirror, '.cvmfs_master_replica'), '');
  assert.deepEqual(
    (await check()).faults.map(({ path }) => path),
    ['.cvmfsreflog'],
  );
});

test('what breaks on the way is asked for again', async () => {
  const context = listener();
  await using server = await startServer(({ socket }, response, count) => {
    if (count % 3 === 1) socket.destroy();
    else if (count % 3 === 2) response.writeHead(503).end();
    else return false;
    return true;
  });
  assert.equal(await readHello(server.url, context), 'hello binfarm\n');
  assert.ok(context.events.filter(({ type }) => type === 'repository.retried').length >= 4);
});

test('bytes that a cache has damaged are asked for once more, past caches', async () => {
  const context = listener();
  await using server = await startServer(({ url, headers }, response) => {
    if (!url!.includes('/data/') || headers['cache-control'] === 'no-cache') return false;
    response.writeHead(200, { 'content-length': 7 }).end('damaged');
    return true;
  });
  assert.equal(await readHello(server.url, context), 'hello binfarm\n');
  assert.ok(context.events.some(({ type }) => type === 'repository.refetched'));
});

const refused: readonly (readonly [says: string, misbehave: Misbehave, code: string, message: RegExp])[] = [
  [
    'an object that never ends',
    ({ url, socket }, response) => {
      if (!url!.includes('/data/')) return false;
      const piece = Buffer.alloc(1 << 20);
      const more = () => {
        while (!socket.destroyed && response.write(piece));
      };
      response.on('drain', more).writeHead(200);
      more();
      return true;
    },
    'CVMFS_DAMAGED',
    /more than|no proper zlib stream/,
  ],
  [
    'a manifest that never ends',
    (_, response) => {
      response.writeHead(200, { 'content-length': 1e12 });
      response.write(Buffer.alloc(1 << 20));
      return true;
    },
    'CVMFS_DAMAGED',
    /more than/,
  ],
  [
    'an object whose length is too large',
    ({ url }, response) => {
      if (!url!.includes('/data/')) return false;
      response.writeHead(200, { 'content-length': 1e12 }).flushHeaders();
      return true;
    },
    'CVMFS_DAMAGED',
    /more than it can have/,
  ],
  [
    'a redirect',
    (_, response) => {
      response.writeHead(302, { location: 'http://localhost/' }).end();
      return true;
    },
    'CVMFS_UNAVAILABLE',
    /answers 302/,
  ],
  [
    'another encoding',
    (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end();
      return true;
    },
    'CVMFS_UNAVAILABLE',
    /another encoding/,
  ],
  [
    'a server that is always busy',
    (_, response) => {
      response.writeHead(503).end();
      return true;
    },
    'CVMFS_UNAVAILABLE',
    /answers 503/,
  ],
  [
    'a place without a repository',
    (_, response) => {
      response.writeHead(404).end();
      return true;
    },
    'CVMFS_NOT_FOUND',
    /no .cvmfspublished/,
  ],
];

for (const [says, misbehave, code, message] of refused) {
  test(`${says} is given up with ${code}`, async () => {
    await using server = await startServer(misbehave);
    await assert.rejects(readHello(server.url, listener()), { code, message });
  });
}

test('a site’s proxy is asked for whole addresses', async () => {
  await using server = await startServer();
  const location = `http://nowhere.example.org/cvmfs/${fakeName}`;
  assert.equal(await readHello(location, listener(), { proxy: new URL(server.url) }), 'hello binfarm\n');
  assert.equal(server.requests[0]!.url, `${location}/.cvmfspublished`);
  assert.equal(server.requests[0]!.headers.host, 'nowhere.example.org');
});

test('a server sends what clients and proxies need, and only files of repositories', async () => {
  await using server = await startServer();
  writeFileSync(join(folder, 'secret'), 'x');
  writeFileSync(join(top, 'outside'), 'x');
  const object = '/data/cf/05d6370df27a7fe3c336ea554961991f69f04f';
  const found = await fetch(`${server.url}/cvmfs/${fakeName}${object}`);
  assert.deepEqual(Buffer.from(await found.arrayBuffer()), readFileSync(join(folder, object)));
  assert.match(found.headers.get('cache-control')!, /immutable/);
  assert.equal(found.headers.get('content-length'), '22');
  const manifest = await fetch(`${server.url}/${fakeName}/.cvmfspublished`);
  assert.equal(manifest.headers.get('cache-control'), 'no-cache');
  const tag = manifest.headers.get('etag')!;
  assert.equal((await fetch(manifest.url, { headers: { 'if-none-match': tag } })).status, 304);
  const head = await fetch(`${server.url}/.cvmfswhitelist`, { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
  assert.equal((await fetch(manifest.url, { method: 'POST', body: 'x' })).status, 405);
  for (const path of [
    '/secret',
    '/data',
    '/data/cf/',
    '/data/cf/x',
    '/data/cf/05d6370df27a7fe3c336ea554961991f69f04f/x',
    '/.cvmfs_master_replica',
    '/.binfarm/index.sqlite',
  ]) {
    assert.equal((await fetch(`${server.url}/cvmfs/${fakeName}${path}`)).status, 404, path);
  }
});

test('no path leads out of what is served', async () => {
  await using server = await startServer();
  const { port } = new URL(server.url);
  for (const path of [
    '/../outside',
    `/cvmfs/${fakeName}/../../outside`,
    '/%2e%2e/outside',
    '/data/../../outside',
    '//etc/passwd',
    '/data/cf\\..\\x',
    `/${'a/'.repeat(3000)}`,
  ]) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.end(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    assert.match(answer, /^HTTP\/1\.1 404 /, path);
  }
});

test('a folder of repositories is served until it is told to stop', async () => {
  const stop = new AbortController();
  const ready = Promise.withResolvers<string>();
  const several = join(top, 'several');
  makeFakeRepository(join(several, 'one'), fakeTree);
  const served = serveFolder(
    { folder: several, host: '127.0.0.1', port: 0 },
    { signal: stop.signal, emit: (event) => event.type === 'repository.served' && ready.resolve(event.url) },
  );
  try {
    const url = await ready.promise;
    assert.equal(await readHello(`${url}/cvmfs/${fakeName}`, listener()), 'hello binfarm\n');
    assert.equal((await fetch(`${url}/.cvmfspublished`)).status, 200); // there is only one
  } finally {
    stop.abort();
  }
  const { names, requests } = await served;
  assert.deepEqual(names, [fakeName]);
  assert.ok(requests > 5);
  const nothing = serveFolder({ folder: join(folder, 'data'), host: '127.0.0.1', port: 0 }, listener());
  await assert.rejects(nothing, { code: 'CVMFS_NOT_FOUND' });
});
