import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { sendBytes, startFileServer } from '../../../test/fakes/file-server.ts';
import { digestOf } from '../../core/digest.ts';
import { hexOf } from '../../core/digest-text.ts';
import { type FarmError, isFarmError } from '../../core/farm-error.ts';
import type { SourceLocation } from '../../model/source-location.ts';
import { type FetchSourcesOptions, fetchSources } from './fetch-sources.ts';
import { openSourceCache, type SourceCache } from './source-cache.ts';
import type { SourceEvent } from './source-events.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-fetch-'));
});
after(() => rm(folder, { recursive: true }));

const content = randomBytes(100_000);
const wrong = randomBytes(100_000);

function locate(urls: readonly string[], more: Partial<SourceLocation> = {}): SourceLocation {
  return { kind: 'archive', digest: digestOf(content), file: 'a-1.tar.gz', urls, ...more };
}

async function newCache(): Promise<SourceCache> {
  return await openSourceCache({ directory: await mkdtemp(join(folder, 'cache-')) });
}

async function failureOf(locations: readonly SourceLocation[], options: FetchSourcesOptions): Promise<FarmError> {
  const error = await fetchSources(locations, options).catch((thrown: unknown) => thrown);
  assert.ok(isFarmError(error), `${error}`);
  return error;
}

test('fetchSources downloads a file once, tells how, and then needs no network', async () => {
  const cache = await newCache();
  const events: SourceEvent[] = [];
  const options = { cache, emit: (event: SourceEvent) => events.push(event) };
  {
    await using server = await startFileServer((request, response) => sendBytes(request, response, content));
    const location = locate([`${server.url}/a`]);
    const [first, second] = await fetchSources([location, { ...location, file: 'b.tar.gz' }], options);
    assert.deepEqual(await readFile(first!.path), content);
    assert.equal(second!.path, first!.path);
    assert.equal(second!.file, 'b.tar.gz');
    assert.equal(server.requests.length, 1);
  }
  const [again] = await fetchSources([locate(['http://127.0.0.1:9/a'])], options);
  assert.equal(again!.bytes, content.length);
  const told = events
    .filter(({ type }) => type !== 'source.progressed')
    .map((event) => `${event.type} ${'cached' in event && event.cached}`);
  assert.deepEqual(told, ['source.started false', 'source.finished false', 'source.finished true']);
  assert.deepEqual(await readdir(join(cache.directory, 'sha256')), [hexOf(digestOf(content))]);
});

test('fetchSources downloads a cached file again when it was damaged', async () => {
  await using server = await startFileServer((request, response) => sendBytes(request, response, content));
  const cache = await newCache();
  const [first] = await fetchSources([locate([`${server.url}/a`])], { cache });
  await writeFile(first!.path, 'damaged');
  const [second] = await fetchSources([locate([`${server.url}/a`])], { cache });
  assert.deepEqual(await readFile(second!.path), content);
});

test('fetchSources passes over an address that has a wrong file or none', async () => {
  await using server = await startFileServer((request, response) => {
    if (request.url === '/none') response.writeHead(404).end();
    else sendBytes(request, response, request.url === '/wrong' ? wrong : content);
  });
  const events: SourceEvent[] = [];
  const urls = ['/none', '/wrong', '/right'].map((path) => server.url + path);
  const [fetched] = await fetchSources([locate(urls)], {
    cache: await newCache(),
    emit: (event) => events.push(event),
  });
  assert.deepEqual(await readFile(fetched!.path), content);
  const reasons = events.flatMap((event) => (event.type === 'source.failed' ? [event.reason] : []));
  assert.deepEqual(reasons, ['the server answers 404 Not Found', `its checksum is ${digestOf(wrong)}`]);
});

test('fetchSources fails with SOURCE_MISMATCH that says expected, got and where, and keeps nothing', async () => {
  await using server = await startFileServer((request, response) => sendBytes(request, response, wrong));
  const cache = await newCache();
  const error = await failureOf([locate([`${server.url}/a`])], { cache });
  assert.equal(error.code, 'SOURCE_MISMATCH');
  for (const part of [digestOf(content), digestOf(wrong), `${server.url}/a`])
    assert.match(error.message, new RegExp(part));
  assert.deepEqual(await readdir(join(cache.directory, 'sha256')), []);
});

test('fetchSources fails with DOWNLOAD_FAILED that lists each address with its reason, without secrets', async () => {
  await using server = await startFileServer((_, response) => void response.writeHead(403).end());
  const withPassword = `${server.url.replace('//', '//user:geheim@')}/a?token=geheim`;
  const error = await failureOf([locate([withPassword, 'ftp://old.example.org/a', 'file:///no/such'])], {
    cache: await newCache(),
    aptDirectory: '/no/such/folder',
    mirrors: [{ kind: 'debian-pool' }],
  });
  assert.equal(error.code, 'DOWNLOAD_FAILED');
  assert.match(error.message, /\/\/\*\*\*@127\.0\.0\.1:\d+\/a\?token=\*\*\* \(the server answers 403 Forbidden\)/);
  assert.match(error.message, /ftp:\/\/old\.example\.org\/a \(it is not an address/);
  assert.match(error.message, /file:\/\/\/no\/such \(there is no such file\)/);
  assert.match(error.message, /the Debian pool \(the recipe does not say/);
  assert.match(error.hint ?? '', /binfarm source add/);
  assert.doesNotMatch(JSON.stringify(error.details) + error.message, /geheim/);
  assert.equal(server.requests[0]!.headers.authorization, `Basic ${Buffer.from('user:geheim').toString('base64')}`);
});

test('fetchSources tries everything and then tells of all that failed', async () => {
  await using server = await startFileServer((request, response) => {
    if (request.url === '/a') sendBytes(request, response, content);
    else response.writeHead(404).end();
  });
  const missing = ['b', 'c'].map((name) => locate([`${server.url}/${name}`], { digest: digestOf(name), file: name }));
  const cache = await newCache();
  const error = await failureOf([...missing, locate([`${server.url}/a`])], { cache, concurrency: 1 });
  assert.equal(error.code, 'DOWNLOAD_FAILED');
  assert.match(
    error.message,
    /^Cannot fetch 2 of 3 sources:\nCannot download source "b".*\n.*\nCannot download source "c"/,
  );
  assert.deepEqual(await readdir(join(cache.directory, 'sha256')), [hexOf(digestOf(content))]);
});

test('fetchSources finds files in folders and on web servers, by name and by checksum', async () => {
  const mirror = join(folder, 'mirror');
  await mkdir(join(mirror, 'sha256'), { recursive: true });
  await writeFile(join(mirror, 'by-name'), content);
  await writeFile(join(mirror, 'sha256', hexOf(digestOf(wrong))), wrong);
  await using server = await startFileServer((request, response) => {
    if (request.url === `/src/sha256/${hexOf(digestOf('x'))}`) sendBytes(request, response, Buffer.from('x'));
    else response.writeHead(404).end();
  });
  const cache = await newCache();
  const fetched = await fetchSources(
    [
      locate([], { file: 'by-name', size: content.length }),
      locate([], { file: 'by-checksum', digest: digestOf(wrong) }),
      locate([], { file: 'on server', digest: digestOf('x') }),
    ],
    {
      cache,
      mirrors: [
        { kind: 'directory', path: mirror },
        { kind: 'http', base: `${server.url}/src/` },
      ],
    },
  );
  assert.deepEqual(
    fetched.map(({ bytes }) => bytes),
    [100_000, 100_000, 1],
  );
  assert.equal(server.requests[0]!.url, '/src/on%20server');
});

test('fetchSources takes the Debian pool from the configuration of apt', async () => {
  await using server = await startFileServer((request, response) => {
    if (request.url === '/debian/pool/main/liba/liba/liba_1%2Bdfsg.orig.tar.xz') sendBytes(request, response, content);
    else response.writeHead(404).end();
  });
  const apt = join(folder, 'apt');
  await mkdir(join(apt, 'sources.list.d'), { recursive: true });
  await writeFile(join(apt, 'sources.list'), `deb ${server.url}/debian-security bookworm-security main\n`);
  const stanza = `Types: deb\nURIs: ${server.url}/other ${server.url}/debian\nSuites: bookworm\nComponents: main\n`;
  await writeFile(join(apt, 'sources.list.d/debian.sources'), stanza);
  await writeFile(join(apt, 'sources.list.d/old.list.disabled'), `deb ${server.url}/old bookworm main\n`);
  const location = locate([], { debian: { file: 'liba_1+dfsg.orig.tar.xz' } });
  await fetchSources([location], { cache: await newCache(), mirrors: [{ kind: 'debian-pool' }], aptDirectory: apt });
  const asked = server.requests.map(({ url }) => url!.split('/')[1]);
  assert.deepEqual(asked, ['other', 'debian']);
});

test('fetchSources offline takes what is on this machine and asks nobody else', async () => {
  await using server = await startFileServer((request, response) => sendBytes(request, response, content));
  const cache = await newCache();
  const error = await failureOf([locate([`${server.url}/a`])], { cache, offline: true });
  assert.match(error.message, /not tried, binfarm is offline/);
  assert.equal(server.requests.length, 0);
  await writeFile(join(folder, 'local'), content);
  await fetchSources([locate([pathToFileURL(join(folder, 'local')).href])], { cache, offline: true });
});

test('fetchSources downloads no more files at once than it may', async () => {
  await using server = await startFileServer(async (request, response) => {
    await sleep(30);
    sendBytes(request, response, Buffer.from(request.url!));
  });
  const paths = Array.from({ length: 9 }, (_, index) => `/${index}`);
  const locations = paths.map((path) => locate([server.url + path], { digest: digestOf(path) }));
  await fetchSources(locations, { cache: await newCache(), concurrency: 3 });
  assert.equal(server.mostAtOnce(), 3);
});

test('fetchSources tells of progress at most five times a second', async () => {
  await using server = await startFileServer(async (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    for (let at = 0; at < content.length; at += 2000) {
      response.write(content.subarray(at, at + 2000));
      await sleep(10);
    }
    response.end();
  });
  const events: SourceEvent[] = [];
  await fetchSources([locate([`${server.url}/a`])], { cache: await newCache(), emit: (event) => events.push(event) });
  const progress = events.filter((event) => event.type === 'source.progressed');
  const { seconds } = events.findLast((event) => event.type === 'source.finished')!;
  assert.ok(progress.length >= 2 && progress.length <= 1 + seconds * 5, `${progress.length} in ${seconds} s`);
  assert.ok(progress.every(({ size }) => size === content.length));
});
