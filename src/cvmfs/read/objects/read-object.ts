import type { ReadContext } from '../read-context.ts';
import type { RepositorySource } from '../source/repository-source.ts';
import { collect, fetchObject, type ObjectReference, type ObjectSink } from './fetch-object.ts';
import { withPatience } from './with-patience.ts';

/** Reads an object that fits into memory; nothing is given before it is verified.
 * @throws CVMFS_DAMAGED, CVMFS_INVALID, CVMFS_UNAVAILABLE */
export async function readObject(
  source: RepositorySource,
  reference: ObjectReference,
  context: ReadContext,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink: ObjectSink = {
    restart: async () => {
      chunks.length = 0;
    },
    write: (chunk) => {
      chunks.push(chunk);
    },
  };
  await fetchObject(source, reference, sink, context);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** Reads a file beside `data/` that is no object, such as the manifest; undefined when there is none. It is asked for past caches when `fresh`.
 * @throws CVMFS_DAMAGED when it is larger than `limit`; CVMFS_INVALID, CVMFS_UNAVAILABLE */
export async function readTopFile(
  source: RepositorySource,
  file: { readonly name: string; readonly limit: number; readonly fresh?: boolean },
  context: ReadContext,
): Promise<Buffer | undefined> {
  return await withPatience(source, context, async () => {
    const found = await source.open(file.name, { fresh: file.fresh ?? false });
    return found === undefined ? undefined : await collect(file.name, found, file.limit);
  });
}
