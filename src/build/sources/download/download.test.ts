import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sendBytes, startFileServer } from '../../../../test/fakes/file-server.ts';
import { digestOf } from '../../../core/digest.ts';
import type { SourceLocation } from '../../../model/source-location.ts';
import { type FetchSourcesOptions, fetchSources } from '../fetch-sources.ts';
import { cachedPathOf, openSourceCache, type SourceCache } from '../source-cache.ts';
import type { SourceEvent } from '../source-events.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-download-'));
});
after(() => rm(folder, { recursive: true }));

const content = randomBytes(300_000);
const digest = digestOf(content);

interface Outcome {
  readonly cache: SourceCache;
  readonly events: SourceEvent[];
  readonly error: unknown;
}

/** Fetches `content` from one address; a part of an earlier try may be there. */
async function fetchFrom(
  url: string,
  options: Partial<FetchSourcesOptions> & { readonly part?: Buffer; readonly size?: number } = {},
): Promise<Outcome> {
  const cache = options.cache ?? (await openSourceCache({ directory: await mkdtemp(join(folder, 'cache-')) }));
  if (options.part !== undefined) await writeFile(`${cachedPathOf(cache, digest)}.part`, options.part);
  const events: SourceEvent[] = [];
  const size = options.size === undefined ? {} : { size: options.size };
  const location: SourceLocation = { kind: 'archive', digest, file: 'a.tar.gz', urls: [url], ...size };
  const error = await fetchSources([location], { ...options, cache, emit: (event) => events.push(event) }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { cache, events, error };
}

async function assertFetched({ cache, error }: Outcome): Promise<void> {
  assert.equal(error, undefined);
  assert.deepEqual(await readFile(cachedPathOf(cache, digest)), content);
  assert.equal((await readdir(join(cache.directory, 'sha256'))).length, 1);
}

function breakOffAfter(response: ServerResponse, bytes: number): void {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
}

test('a download goes on where the connection broke off', async () => {
  await using server = await startFileServer((request, response, count) => {
    if (count === 1) breakOffAfter(response, 100_000);
    else sendBytes(request, response, content);
  });
  const outcome = await fetchFrom(server.url);
  await assertFetched(outcome);
  assert.match(server.requests[1]!.headers.range ?? '', /^bytes=[1-9]\d*-$/);
  const retried = outcome.events.find((event) => event.type === 'source.retried');
  assert.equal(retried?.reason, 'the connection broke off');
});

test('a download begins again when the server knows no ranges', async () => {
  await using server = await startFileServer((_, response, count) => {
    if (count === 1) breakOffAfter(response, 100_000);
    else response.writeHead(200, { 'content-length': content.length }).end(content);
  });
  await assertFetched(await fetchFrom(server.url));
  assert.equal(server.requests.length, 2);
});

const parts: readonly (readonly [says: string, part: Buffer, requests: number, size?: number])[] = [
  ['fits', content.subarray(0, 1000), 1],
  ['is garbage', randomBytes(1000), 2],
  ['is whole', content, 1],
  ['is whole, and the size is known', content, 0, content.length],
  ['is too long', Buffer.concat([content, content]), 2],
  ['is garbage of the right size', randomBytes(content.length), 1, content.length],
];

for (const [says, part, requests, size] of parts) {
  test(`a download ends well when what an earlier try left ${says}`, async () => {
    await using server = await startFileServer((request, response) => sendBytes(request, response, content));
    await assertFetched(await fetchFrom(server.url, { part, ...(size === undefined ? {} : { size }) }));
    assert.ok(server.requests.length <= Math.max(requests, 2), `${server.requests.length}`);
  });
}

test('a download begins again when the server sends another range than it was asked for', async () => {
  await using server = await startFileServer((request, response) => {
    if (request.headers.range === undefined) sendBytes(request, response, content);
    else response.writeHead(206, { 'content-range': `bytes 0-9/${content.length}` }).end(content.subarray(0, 10));
  });
  await assertFetched(await fetchFrom(server.url, { part: content.subarray(0, 1000) }));
});

test('a busy server is asked again, not sooner than it says', async () => {
  await using server = await startFileServer((request, response, count) => {
    if (count === 1) response.writeHead(503, { 'retry-after': '1' }).end('busy');
    else sendBytes(request, response, content);
  });
  const started = performance.now();
  const outcome = await fetchFrom(server.url);
  await assertFetched(outcome);
  assert.ok(performance.now() - started >= 990);
  const retried = outcome.events.find((event) => event.type === 'source.retried');
  assert.equal(retried?.waitSeconds, 1);
  assert.equal(retried?.reason, 'the server answers 503 Service Unavailable');
});

test('a server that stays broken is given up', async () => {
  await using server = await startFileServer((_, response) => void response.writeHead(500).end());
  const { error } = await fetchFrom(server.url, { limits: { attempts: 2 } });
  assert.match(`${error}`, /the server answers 500/);
  assert.equal(server.requests.length, 2);
});

const stalls: readonly (readonly [says: string, answer: (response: ServerResponse) => void])[] = [
  ['before the answer', () => {}],
  [
    'in the middle',
    (response) => void response.writeHead(200, { 'content-length': content.length }).write(content.subarray(0, 10)),
  ],
];

for (const [says, answer] of stalls) {
  test(`a server that falls silent ${says} is given up`, async () => {
    await using server = await startFileServer((_, response) => answer(response));
    const { error } = await fetchFrom(server.url, { limits: { attempts: 1, stallSeconds: 0.2 } });
    assert.match(`${error}`, /no data came for 0\.2 s/);
  });
}

const gigabyte = { 'content-length': 2 ** 30 };
const refusals: readonly (readonly [
  says: string,
  reason: RegExp,
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  size?: number,
])[] = [
  [
    'says that it is too long',
    /its size is 1\.1 GB, more than the limit of 1\.0 MB/,
    (response) => response.writeHead(200, gigabyte).write('x'),
  ],
  [
    'has another size than the recipe says',
    /its size is 3 bytes, not 300000/,
    (response) => response.end('abc'),
    content.length,
  ],
  [
    'is in another form',
    /content-encoding gzip/,
    (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(content)),
  ],
  [
    'redirects for ever',
    /more than 5 times/,
    (response, request) => response.writeHead(302, { location: `${request.url}x` }).end(),
  ],
  [
    'redirects to a file',
    /redirects to file:\/\/\/etc\/passwd/,
    (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  ],
  [
    'redirects to nonsense',
    /redirects to http:\/\/\[/,
    (response) => response.writeHead(302, { location: 'http://[' }).end(),
  ],
];

for (const [says, reason, answer, size] of refusals) {
  test(`an answer is refused that ${says}`, async () => {
    await using server = await startFileServer((request, response) => answer(response, request));
    const { error, cache } = await fetchFrom(server.url, {
      limits: { maxBytes: 1_000_000 },
      ...(size === undefined ? {} : { size }),
    });
    assert.match(`${error}`, reason);
    assert.deepEqual(await readdir(join(cache.directory, 'sha256')), []);
  });
}

test('an answer without end is cut off at the limit and not kept', async () => {
  await using server = await startFileServer((_, response) => {
    const send = (): void => void response.write(content, () => response.destroyed || setImmediate(send));
    send();
  });
  const { error, cache } = await fetchFrom(server.url, { limits: { maxBytes: 1_000_000 } });
  assert.match(`${error}`, /it sends more than 1\.0 MB/);
  assert.deepEqual(await readdir(join(cache.directory, 'sha256')), []);
});

test('a redirect is followed, and the password does not go to another server', async () => {
  await using target = await startFileServer((request, response) => sendBytes(request, response, content));
  await using server = await startFileServer(
    (_, response) => void response.writeHead(302, { location: `${target.url}/b` }).end(),
  );
  await assertFetched(await fetchFrom(server.url.replace('//', '//me:secret@')));
  assert.notEqual(server.requests[0]!.headers.authorization, undefined);
  assert.equal(target.requests[0]!.headers.authorization, undefined);
});

test('a server that refuses connections is asked again when there is no other address', async () => {
  const server = await startFileServer(() => {});
  await server[Symbol.asyncDispose]();
  const { error, events } = await fetchFrom(server.url, { limits: { attempts: 2 } });
  assert.match(`${error}`, /the server refuses connections/);
  assert.equal(events.filter((event) => event.type === 'source.retried').length, 1);
});

test('a download that is stopped keeps its part, and the next one goes on from there', async () => {
  const stop = new AbortController();
  await using server = await startFileServer((request, response, count) => {
    if (count > 1) return sendBytes(request, response, content);
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 50_000), () => setTimeout(() => stop.abort(), 100));
  });
  const stopped = await fetchFrom(server.url, { signal: stop.signal });
  assert.equal((stopped.error as Error).name, 'AbortError');
  await assertFetched(await fetchFrom(server.url, { cache: stopped.cache }));
  assert.equal(server.requests[1]!.headers.range, 'bytes=50000-');
});
