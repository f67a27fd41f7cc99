import type { ObjectTree } from '../tree/object-tree.ts';
import { streamBlob } from './stream-blob.ts';
import { readBytes, type WebClient } from './web-client.ts';

/** Makes a tree of the files that a web server sends: it can be read, and listed as far as the writer of the files has left lists. */
export function openWebTree(client: WebClient, base: URL): ObjectTree {
  const urlOf = (key: string) => new URL(key, base);
  return {
    location: client.location,
    read: async (key, limit) =>
      await client.send({ url: urlOf(key), answers: [200, 404, 410] }, async (answer) => {
        if (answer.status === 200) return await readBytes(answer, limit);
        await answer.discard();
        return undefined;
      }),
    sizeOf: async (key) =>
      await client.send({ method: 'HEAD', url: urlOf(key), answers: [200, 404, 410] }, async ({ status, headers }) => {
        const length = headers.get('content-length');
        return status === 200 && length !== null ? Number(length) : undefined;
      }),
    open: (key, { size, from }) => streamBlob(client, { url: urlOf(key), size }, from),
  };
}
