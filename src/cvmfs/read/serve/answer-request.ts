import { createReadStream } from 'node:fs';
import { constants, open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A repository that is served. */
export interface ServedRepository {
  readonly name: string;
  readonly folder: string;
}

/** Files up to this size leave in one write with their header, which saves small objects a delayed acknowledgement. */
const oneWrite = 1 << 20;
const objectPath = /^data\/[0-9a-f]{2}\/[0-9a-f]{38}(?:-rmd160|-shake128)?[PCHXML]?$/;
const changingPath = /^\.cvmfs(?:published|whitelist|reflog|_master_replica|_status\.json)$/;
const alternativePath = /^\.cvmfsalt-[0-9a-f]{40}(?:-rmd160|-shake128)?[PCHXML]?$/;

/** Answers a request for a file of a repository, by the rules of stock clients: HTTP/1.1, no redirects, no encodings. Only names that a repository can have are looked for, so that no path leads out of it. */
export async function answerRequest(
  repositories: readonly ServedRepository[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end();
    return;
  }
  const found = findFile(repositories, request.url ?? '');
  const file = found === undefined ? undefined : await openFile(join(found.folder, found.path));
  if (found === undefined || file === undefined) {
    response.writeHead(404, { 'cache-control': 'no-cache', 'content-length': 0 }).end();
    return;
  }
  try {
    await send(file, found.path, { request, response });
  } finally {
    await file.close().catch(() => {}); // the stream may have closed it
  }
}

type OpenFile = Awaited<ReturnType<typeof open>>;

/** `/cvmfs/<name>/<path>` and `/<name>/<path>`; with one repository also `/<path>`. A proxy may have sent the whole address. */
function findFile(
  repositories: readonly ServedRepository[],
  url: string,
): { readonly folder: string; readonly path: string } | undefined {
  const path = url
    .replace(/^https?:\/\/[^/]*/, '')
    .replace(/[?#].*$/, '')
    .replace(/^\/+(?:cvmfs\/)?/, '');
  const named = repositories.find(({ name }) => path.startsWith(`${name}/`));
  const only = repositories.length === 1 ? repositories[0] : undefined;
  const rest = named === undefined ? path : path.slice(named.name.length + 1);
  const { folder } = named ?? only ?? {};
  const isKnown = objectPath.test(rest) || changingPath.test(rest) || alternativePath.test(rest);
  return folder === undefined || !isKnown ? undefined : { folder, path: rest };
}

async function openFile(path: string): Promise<OpenFile | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return undefined;
  } catch {
    return undefined;
  }
}

async function send(
  file: OpenFile,
  path: string,
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
): Promise<void> {
  const { size, mtimeMs, ino } = await file.stat();
  const isObject = path.startsWith('data/') || alternativePath.test(path);
  const tag = isObject
    ? `"${path.replaceAll('/', '')}"`
    : `"${size.toString(16)}-${Math.trunc(mtimeMs).toString(16)}-${ino.toString(16)}"`;
  const headers = {
    'cache-control': isObject ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-type': isObject ? 'application/octet-stream' : 'application/x-cvmfs',
    etag: tag,
    'last-modified': new Date(Math.trunc(mtimeMs / 1000) * 1000).toUTCString(),
  };
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304, headers).end();
    return;
  }
  response.setHeader('content-length', size);
  if (request.method === 'HEAD') {
    response.writeHead(200, headers).end();
  } else if (size <= oneWrite) {
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    if (bytesRead !== size) response.destroy();
    else response.writeHead(200, headers).end(bytes);
  } else {
    response.writeHead(200, headers);
    await pipeline(
      createReadStream('', { fd: file, end: size - 1, autoClose: false, highWaterMark: 256 << 10 }),
      response,
    );
  }
}
