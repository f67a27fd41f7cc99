import { isFarmError } from '../../core/farm-error.ts';
import { pauseOrThrow, withRetries } from '../web/patience.ts';
import { WebProblem } from '../web/web-problem.ts';
import { scopesFor } from './registry-client.ts';
import { closeUpload, locationOf, startUpload, type Upload } from './upload-session.ts';

/** How far an upload is, and where it goes on. */
interface UploadState {
  readonly location: URL;
  /** Bytes that the registry has. */
  readonly offset: number;
}

/** Uploads a blob in chunks (OCI distribution specification 1.1, "Pushing a blob in chunks"); after a break it asks the registry how much it has, and goes on there. What
 * the registry counts is compared with what was sent: false when they differ, or when it refuses chunks, and the whole has to be sent in one.
 * @throws BINHOST_DENIED, BINHOST_UNAVAILABLE */
export async function uploadChunks(upload: Upload, chunkBytes: number): Promise<boolean> {
  const { client } = upload.place;
  let state: UploadState = { location: await withRetries(client, () => startUpload(upload)), offset: 0 };
  let furthest = 0;
  let failures = 0;
  while (state.offset < upload.blob.size) {
    try {
      state = await sendChunk(upload, state, chunkBytes);
    } catch (error) {
      if (isRefusal(error)) return false;
      failures += 1;
      await pauseOrThrow(error, failures, client);
      const now = await findOutHowFar(upload, state);
      if (now === undefined) return false;
      state = now;
    }
    if (state.offset > furthest) failures = 0;
    furthest = Math.max(furthest, state.offset);
  }
  return await closeUpload(upload, state.location, '').then(
    () => true,
    () => false, // whether it was taken is looked at before anything is sent again
  );
}

/** Sends the next chunk.
 * @throws WebProblem, a final one when the registry counts otherwise than we do */
async function sendChunk(upload: Upload, { location, offset }: UploadState, chunkBytes: number): Promise<UploadState> {
  const { place, repository, blob } = upload;
  const end = Math.min(blob.size, offset + chunkBytes);
  const answer = await place.client.open({
    method: 'PATCH',
    url: location,
    headers: { 'content-type': 'application/octet-stream', 'content-range': `${offset}-${end - 1}` },
    body: blob.slice(offset, end),
    scopes: scopesFor(place, repository, true),
    answers: [202, 204],
  });
  await answer.discard();
  const has = offsetIn(answer.headers.get('range'));
  if (has !== end) throw new WebProblem('final', `it has ${has} bytes of a blob of which ${end} were sent`);
  return { location: locationOf(answer), offset: end };
}

/** Asks how much of an upload has arrived; undefined when the registry does not know. */
async function findOutHowFar(
  { place, repository, blob }: Upload,
  { location }: UploadState,
): Promise<UploadState | undefined> {
  const request = { url: location, scopes: scopesFor(place, repository, true), answers: [200, 202, 204] } as const;
  try {
    return await place.client.send(request, async (answer) => {
      await answer.discard();
      const offset = offsetIn(answer.headers.get('range'));
      if (offset === undefined || offset > blob.size) return undefined;
      return { location: answer.headers.has('location') ? locationOf(answer) : location, offset };
    });
  } catch (error) {
    if (isFarmError(error, 'BINHOST_UNAVAILABLE')) return undefined;
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof WebProblem && error.kind === 'final';
}

/** The number of bytes that a `Range` header counts; `0-0` is what registries say of an upload that has none. */
function offsetIn(range: string | null): number | undefined {
  const last = /^(?:bytes[= ])?0-(\d+)$/.exec(range ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' ? 0 : Number(last) + 1;
}
