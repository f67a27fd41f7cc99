import { openAsBlob } from 'node:fs';
import { digestOf } from '../../core/digest.ts';
import type { Digest } from '../../core/digest-text.ts';
import type { CredentialEnvironment } from '../auth/credentials.ts';
import { checkBlobFile } from '../check-blob-file.ts';
import type { ManifestSource } from '../depot.ts';
import { createQueue } from '../in-turn.ts';
import type { ObjectTree, TreeWriter } from '../tree/object-tree.ts';
import type { RetryContext } from '../web/patience.ts';
import { streamBlob } from '../web/stream-blob.ts';
import { createWebClient } from '../web/web-client.ts';
import { WebProblem } from '../web/web-problem.ts';
import {
  isAbsent,
  isConditionError,
  isUnknownCondition,
  openS3Requests,
  type S3Location,
  type S3Requests,
} from './s3-requests.ts';

/** Parts of a larger blob (bytes), of which four are on their way at once. */
const partSize = 16 << 20;

/** Slower than this (bytes a second), and an upload has stalled. */
const slowestUpload = 50_000;

/** Nobody takes longer (seconds) from the first object of a package to the one that refers to it. */
const settleSeconds = 86_400;

/** A bucket with very many packages is listed in so many seconds at most. */
const listingSeconds = 600;

const octets = 'application/octet-stream';

/** Makes a tree of a bucket of S3-compatible storage. `now` in milliseconds. */
export function openS3Tree(
  location: S3Location,
  environment: CredentialEnvironment,
  context: RetryContext & { readonly now: () => number },
): ObjectTree {
  const requests = openS3Requests(location, environment, context);
  const keyOf = (key: string) => `${location.prefix}${key}`;
  const stat = async (key: string) =>
    await requests.send((client) =>
      client.statObject(keyOf(key)).catch((error) => {
        if (isAbsent(error)) return undefined;
        throw error;
      }),
    );

  return {
    location: context.location,
    read: async (key, limit) => (await readObject(requests, keyOf(key), limit))?.bytes,
    sizeOf: async (key) => (await stat(key))?.size,
    open: (key, range) => openObject(requests, keyOf(key), range, context),
    names: (folder) => listNames(requests, `${keyOf(folder)}/`),
    writer: {
      ...writerOf(requests, keyOf),
      isSettled: async (key) => {
        const changed = (await stat(key))?.lastModified.getTime();
        return changed !== undefined && context.now() - changed > settleSeconds * 1000;
      },
    },
  };
}

function writerOf(requests: S3Requests, keyOf: (key: string) => string): Omit<TreeWriter, 'isSettled'> {
  const inTurn = createQueue();
  const write: TreeWriter['write'] = async (key, source) => {
    await putText(requests, keyOf(key), source, {});
  };
  return {
    write,
    writeDerived: write,
    writeIf: (key, source, expected) => replaceObject(requests, keyOf(key), source, expected),
    place: async (key, blob) => {
      if ('text' in blob.content) await write(key, { mediaType: octets, text: blob.content.text });
      else {
        if (!blob.content.isVerified) await checkBlobFile(blob.content.path, blob);
        await putFile(requests, keyOf(key), blob.content.path, blob.size);
      }
    },
    remove: async (key) => {
      await requests.send((client) =>
        client.deleteObject(keyOf(key)).catch((error) => {
          if (!isAbsent(error)) throw error;
        }),
      );
      return true;
    },
    exclusively: (folder, work) => inTurn(folder, work),
  };
}

async function readObject(
  requests: S3Requests,
  objectName: string,
  limit: number,
): Promise<{ bytes: Buffer; etag: string | null } | undefined> {
  return await requests.send(async (client) => {
    try {
      const response = await client.makeRequest({ method: 'GET', objectName, returnBody: true });
      if (Number(response.headers.get('content-length')) > limit)
        throw new WebProblem('final', `"${objectName}" is larger than it can be`);
      return { bytes: Buffer.from(await response.arrayBuffer()), etag: response.headers.get('etag') };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  });
}

/** The bytes of an object by signed addresses, so that they come as from any web server. */
async function* openObject(
  requests: S3Requests,
  objectName: string,
  { size, from }: { readonly size: number; readonly from: number },
  context: RetryContext,
): AsyncGenerator<Buffer> {
  const client = await requests.client();
  const host = client.pathStyle ? client.host : `${client.defaultBucket}.${client.host}`;
  const base = client.pathStyle ? `${client.pathPrefix}/${client.defaultBucket}` : '';
  const path = `${base}/${objectName}`.split('/').map(encodeURIComponent).join('/');
  const plain = `${client.protocol}//${host}${path}`;
  const url = new URL(client.accessKey === undefined ? plain : await client.getPresignedUrl('GET', objectName));
  yield* streamBlob(createWebClient({ ...context, origin: url.origin, allowPlain: false }), { url, size }, from);
}

async function listNames(requests: S3Requests, prefix: string): Promise<readonly string[]> {
  return await requests.send(async (client) => {
    const names: string[] = [];
    for await (const item of client.listObjectsGrouped({ prefix, delimiter: '/' })) {
      const name = (item.type === 'Object' ? item.key : item.prefix).slice(prefix.length).replace(/\/$/, '');
      if (name !== '') names.push(name);
    }
    return names.toSorted();
  }, listingSeconds);
}

/** Replaces an object if it is what it is expected to be; the server compares too, where it can. */
async function replaceObject(
  requests: S3Requests,
  objectName: string,
  source: ManifestSource,
  expected: Digest | undefined,
): Promise<boolean> {
  const current = await readObject(requests, objectName, Number.POSITIVE_INFINITY);
  if ((current === undefined ? undefined : digestOf(current.bytes)) !== expected) return false;
  const condition: Record<string, string> = current?.etag ? { 'if-match': current.etag } : { 'if-none-match': '*' };
  const outcome = await putText(requests, objectName, source, current !== undefined && !current.etag ? {} : condition);
  if (outcome === 'written') return true;
  // A request that was repeated after its answer was lost is refused because of itself.
  return (await readObject(requests, objectName, Number.POSITIVE_INFINITY))?.bytes.toString('utf8') === source.text;
}

async function putText(
  requests: S3Requests,
  objectName: string,
  { mediaType, text }: ManifestSource,
  condition: Readonly<Record<string, string>>,
): Promise<'written' | 'refused'> {
  return await requests.send(async (client) => {
    const put = async (extra: Readonly<Record<string, string>>) => {
      const headers = new Headers({ 'content-type': mediaType, ...extra });
      await client.makeRequest({ method: 'PUT', objectName, headers, payload: text });
      return 'written' as const;
    };
    try {
      return await put(condition);
    } catch (error) {
      if (isConditionError(error)) return 'refused';
      if (Object.keys(condition).length > 0 && isUnknownCondition(error)) return await put({});
      throw error;
    }
  });
}

async function putFile(requests: S3Requests, objectName: string, path: string, size: number): Promise<void> {
  await requests.send(async (client) => {
    const blob = await openAsBlob(path);
    const stream = blob.stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
    await client.putObject(objectName, stream, { size, partSize, metadata: { 'Content-Type': octets } });
  }, size / slowestUpload);
}
