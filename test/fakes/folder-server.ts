import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { type FileServer, sendBytes, startFileServer } from './file-server.ts';

/** Serves a folder as a plain web server does; `log` has every path that was asked for, with the place that it was asked from. */
export async function startFolderServer(folder: string): Promise<FileServer & { readonly log: readonly string[] }> {
  const log: string[] = [];
  const server = await startFileServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://x');
    log.push(`${request.method} ${pathname}${request.headers.range === undefined ? '' : ` ${request.headers.range}`}`);
    const path = join(folder, normalize(decodeURIComponent(pathname)));
    if (!existsSync(path) || !statSync(path).isFile()) {
      response.writeHead(404).end();
      return;
    }
    sendBytes(request, response, readFileSync(path));
  });
  return { ...server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](), log };
}
