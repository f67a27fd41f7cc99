import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendBytes, startFileServer } from '../../../test/fakes/file-server.ts';
import { digestOf } from '../../core/digest.ts';
import { hexOf } from '../../core/digest-text.ts';
import { fetchSources } from './fetch-sources.ts';
import { openSourceCache } from './source-cache.ts';

let folder: string;
let program: string;
const content = randomBytes(600_000);
const digest = digestOf(content);

/** What a process of these tests does: fetch one file into a cache and say how that ended. */
const script = `
import { fetchSources } from ${JSON.stringify(new URL('./fetch-sources.ts', import.meta.url).href)};
import { openSourceCache } from ${JSON.stringify(new URL('./source-cache.ts', import.meta.url).href)};
const [directory, url, digest] = process.argv.slice(2);
const cache = await openSourceCache({ directory });
const location = { kind: 'archive', digest, file: 'a.tar.gz', urls: [url] };
await fetchSources([location], { cache }).then(() => console.log('done'), (error) => console.log(error.code));
`;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binfarm-processes-'));
  program = join(folder, 'fetch.mts');
  await writeFile(program, script);
});
after(() => rm(folder, { recursive: true }));

function startFetch(directory: string, url: string): ChildProcess {
  return spawn(process.execPath, [program, directory, url, digest], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout!) text += chunk;
  return text.trim();
}

async function bytesIn(path: string): Promise<number> {
  const names = await readdir(path).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await readFile(join(path, name))).length));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function assertCached(directory: string): Promise<void> {
  assert.deepEqual(await readdir(join(directory, 'sha256')), [hexOf(digest)]);
  assert.deepEqual(await readFile(join(directory, 'sha256', hexOf(digest))), content);
}

test('two processes that fetch one file at once both get it', async () => {
  await using server = await startFileServer(async (_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    for (let at = 0; at < content.length; at += 100_000) {
      response.write(content.subarray(at, at + 100_000));
      await sleep(30);
    }
    response.end();
  });
  const directory = await mkdtemp(join(folder, 'cache-'));
  const children = [1, 2].map(() => startFetch(directory, server.url));
  assert.deepEqual(await Promise.all(children.map(outputOf)), ['done', 'done']);
  await assertCached(directory);
});

test('a download goes on where a process that was killed left it', async () => {
  await using server = await startFileServer((request, response, count) => {
    if (count > 1) return sendBytes(request, response, content);
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 200_000));
  });
  const directory = await mkdtemp(join(folder, 'cache-'));
  const child = startFetch(directory, server.url);
  while ((await bytesIn(join(directory, 'sha256'))) < 200_000) await sleep(20);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await fetchSources([{ kind: 'archive', digest, file: 'a', urls: [server.url] }], {
    cache: await openSourceCache({ directory }),
  });
  assert.equal(server.requests[1]!.headers.range, 'bytes=200000-');
  await assertCached(directory);
});

test('a full disk is DISK_FULL, and when there is space the download goes on', async () => {
  await using server = await startFileServer((request, response) => sendBytes(request, response, content));
  const disk = await mkdtemp(join(folder, 'disk-'));
  const steps = `mount -t tmpfs -o size=1m none "$1" && head -c 700000 /dev/zero > "$1/filler" &&
    "$2" "$3" "$1/cache" "$4" "$5" && rm "$1/filler" && "$2" "$3" "$1/cache" "$4" "$5"`;
  const args = ['-Urm', 'sh', '-c', steps, 'sh', disk, process.execPath, program, server.url, digest];
  const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.equal(await outputOf(child), 'DISK_FULL\ndone');
  assert.match(server.requests[1]!.headers.range ?? '', /^bytes=[1-9]/);
});
