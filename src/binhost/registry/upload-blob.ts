import { openAsBlob } from 'node:fs';
import { checkBlobFile } from '../check-blob-file.ts';
import type { BlobSource } from '../depot.ts';
import { withRetries } from '../web/patience.ts';
import { type RegistryPlace, sizeOfRemoteBlob } from './registry-client.ts';
import { uploadChunks } from './upload-chunks.ts';
import { closeUpload, startUpload } from './upload-session.ts';

/** From when on, and how, blobs are uploaded in parts. */
export interface UploadLimits {
  /** Larger blobs (bytes) go in chunks, so that an upload that breaks need not begin anew. */
  readonly monolithic: number;
  /** Bytes of a chunk. */
  readonly chunk: number;
}

/** What holds where nobody says another. */
export const defaultUploadLimits: UploadLimits = { monolithic: 64 << 20, chunk: 16 << 20 };

/** Uploads a blob unless the registry has it: in one request, or in chunks when it is large. A registry that does not do chunks well is given it in one.
 * @throws PACKAGE_DAMAGED when the file is not what it should be; BINHOST_DENIED, BINHOST_UNAVAILABLE */
export async function uploadBlob(
  place: RegistryPlace,
  repository: string,
  source: BlobSource,
  limits: UploadLimits,
): Promise<void> {
  const isThere = async () => (await sizeOfRemoteBlob(place, repository, source.digest, true)) === source.size;
  if (await isThere()) return;
  const blob = await openSource(source);
  const upload = { place, repository, blob, digest: source.digest };
  if (blob.size > limits.monolithic && (await uploadChunks(upload, limits.chunk))) return;
  let tries = 0;
  await withRetries(place.client, async () => {
    tries += 1;
    // An answer that was lost may have been a good one; what else a broken upload has left is unknown, so each try is a new one.
    if (tries > 1 && (await isThere())) return;
    await closeUpload(upload, await startUpload(upload), blob);
  });
}

/** The bytes to be sent, after a look at whether they are the right ones. */
async function openSource(source: BlobSource): Promise<Blob> {
  const { content } = source;
  if ('text' in content) return new Blob([content.text]);
  if (!content.isVerified) await checkBlobFile(content.path, source);
  return await openAsBlob(content.path);
}
