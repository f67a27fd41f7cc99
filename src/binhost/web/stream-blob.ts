import { blobMissing } from '../blob-missing.ts';
import { pauseOrThrow } from './patience.ts';
import type { WebAnswer, WebClient } from './web-client.ts';
import { WebProblem } from './web-problem.ts';

/** A blob on a web server. */
export interface RemoteBlob {
  readonly url: URL;
  readonly size: number;
  readonly scopes?: readonly string[];
}

/** The bytes of a blob from an offset on, over as many connections as it takes: each goes on where the last one broke, with a range where the server knows them,
 * else by reading over what is there already. Never gives more bytes than the blob has.
 * @throws PACKAGE_DAMAGED when it is missing or has another size; BINHOST_DENIED, BINHOST_UNAVAILABLE */
export async function* streamBlob(client: WebClient, blob: RemoteBlob, from: number): AsyncGenerator<Buffer> {
  let position = from;
  let ranges = true;
  let failures = 0;
  while (position < blob.size) {
    const began = position;
    try {
      const chunks = await openAt(client, blob, { position, ranges });
      ranges &&= chunks !== undefined;
      for await (const chunk of chunks ?? []) {
        position += chunk.length;
        yield chunk;
      }
    } catch (error) {
      failures = position > began ? 1 : failures + 1;
      await pauseOrThrow(error, failures, client);
    }
  }
}

/** Asks for the rest of a blob; undefined when the server does not know ranges well. The bytes end where the blob does; that they end earlier is a problem. */
async function openAt(
  client: WebClient,
  blob: RemoteBlob,
  { position, ranges }: { readonly position: number; readonly ranges: boolean },
): Promise<AsyncIterable<Buffer> | undefined> {
  const answer = await client.open(requestFor(blob, ranges ? position : 0));
  const start = startOf(answer, blob, client.location);
  if (start !== undefined && start <= position) return rest(answer.chunks(), position - start, blob.size - position);
  await answer.discard();
  if (ranges) return undefined;
  throw new WebProblem('final', 'it sends another part of a blob than was asked for');
}

function requestFor({ url, scopes }: RemoteBlob, position: number) {
  return {
    url,
    headers: position === 0 ? {} : { range: `bytes=${position}-` },
    ...(scopes === undefined ? {} : { scopes }),
    answers: [200, 206, 404, 410, 416],
  };
}

/** Where in the blob an answer begins; undefined when it is of no use.
 * @throws PACKAGE_DAMAGED when the blob is missing or has another size */
function startOf({ status, headers }: WebAnswer, { size }: RemoteBlob, location: string): number | undefined {
  if (status === 404 || status === 410) throw blobMissing(location, 'it is missing');
  if (status === 416) return undefined;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  const length = status === 206 ? range?.[2] : headers.get('content-length');
  if (length !== null && length !== undefined && length !== '*' && Number(length) !== size) {
    throw blobMissing(location, `it has ${length} bytes instead of ${size}`);
  }
  if (status === 200) return 0;
  return range === null ? undefined : Number(range[1]);
}

/** Leaves out the first bytes of what arrives, and gives just so many of those that follow. */
async function* rest(chunks: AsyncIterable<Buffer>, leaveOut: number, count: number): AsyncGenerator<Buffer> {
  let skip = leaveOut;
  let left = count;
  for await (const chunk of chunks) {
    const bytes = chunk.subarray(skip, skip + left);
    skip = Math.max(0, skip - chunk.length);
    left -= bytes.length;
    if (bytes.length > 0) yield bytes;
    if (left === 0) return;
  }
  throw new WebProblem('passing', `the connection ended ${left} bytes before the end of a blob`);
}
