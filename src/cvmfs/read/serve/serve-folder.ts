import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { FarmError } from '../../../core/farm-error.ts';
import { translateFileError } from '../../../core/translate-file-error.ts';
import type { ReadContext } from '../read-context.ts';
import { readManifest } from '../read-trust.ts';
import { openFolderSource } from '../source/open-folder-source.ts';
import { answerRequest, type ServedRepository } from './answer-request.ts';

/** What is served, and where. */
export interface ServeRequest {
  /** A repository, or a folder of repositories. */
  readonly folder: string;
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
}

/** What was served until the end. */
export interface Served {
  readonly url: string;
  readonly names: readonly string[];
  readonly requests: number;
}

/** Proxies keep connections for about a minute. */
const idleMilliseconds = 75_000;

/** Serves repositories over HTTP/1.1 until the signal says stop. Nothing is verified: clients do that.
 * @throws CVMFS_NOT_FOUND, ARGUMENT_INVALID */
export async function serveFolder(request: ServeRequest, context: ReadContext): Promise<Served> {
  const repositories = await findRepositories(request.folder, context);
  const names = repositories.map(({ name }) => name);
  let requests = 0;
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveTimeout: idleMilliseconds },
    (question, response) => {
      requests += 1;
      answerRequest(repositories, question, response).catch(() => response.destroy());
    },
  );
  const url = await listen(server, request);
  context.emit({ type: 'repository.served', url, names });
  await new Promise<void>((resolve) => {
    if (context.signal?.aborted === true) resolve();
    context.signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { url, names, requests };
}

/** The repository that a folder is, or those that are in it, by the names in their manifests. */
async function findRepositories(folder: string, context: ReadContext): Promise<readonly ServedRepository[]> {
  const own = await nameOf(folder, context);
  if (own !== undefined) return [{ name: own, folder }];
  const inside = await readdir(folder).catch((error) => {
    throw translateFileError(error, 'serve', folder);
  });
  const found: ServedRepository[] = [];
  for (const entry of inside.toSorted()) {
    const name = await nameOf(join(folder, entry), context);
    if (name !== undefined) found.push({ name, folder: join(folder, entry) });
  }
  if (found.length > 0) return found;
  throw new FarmError('CVMFS_NOT_FOUND', `Cannot serve "${folder}": there is no repository`, {
    hint: 'Name a folder that has .cvmfspublished, or one with such folders in it',
  });
}

async function nameOf(folder: string, context: ReadContext): Promise<string | undefined> {
  try {
    return (await readManifest(openFolderSource(folder), {}, context)).name;
  } catch {
    return undefined;
  }
}

async function listen(server: Server, { host, port }: ServeRequest): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const state = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
      reject(new FarmError('ARGUMENT_INVALID', `Cannot serve at "${host}:${port}": ${state}`, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  const { address, port: taken, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
}
