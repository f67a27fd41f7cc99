import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type FileServer, sendBytes, startFileServer } from './file-server.ts';
import { type AwsAccount, findSignatureProblem } from './verify-aws-signature.ts';

/** S3-compatible storage with one bucket, in memory; it checks every signature. */
export interface S3Server extends FileServer {
  readonly account: AwsAccount;
  /** By key. */
  readonly objects: Map<string, S3StoredObject>;
  /** Answers before the storage does, where it returns true. */
  intercept: ((request: IncomingMessage, response: ServerResponse, count: number) => boolean) | undefined;
  /** Whether it knows conditional requests. */
  conditional: boolean;
}

/** One object. */
export interface S3StoredObject {
  bytes: Buffer;
  readonly type: string;
  readonly changed: Date;
}

type Asked = {
  readonly key: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly request: IncomingMessage;
};

/** Starts the storage. */
export async function startS3Server(bucket: string): Promise<S3Server> {
  const account = { accessKey: 'AKEXAMPLE', secretKey: 'secret/of+this=test', region: 'test-1' };
  const objects = new Map<string, S3StoredObject>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const state: { server?: S3Server } = {};

  const answer = async (request: IncomingMessage, response: ServerResponse, count: number): Promise<unknown> => {
    const body = await readBody(request);
    if (state.server?.intercept?.(request, response, count)) return;
    const problem = findSignatureProblem(request, body, account);
    if (problem !== undefined) return fail(response, 403, problem);
    const url = new URL(request.url!, 'http://x');
    const [, name, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    if (name !== bucket) return fail(response, 404, 'NoSuchBucket');
    const asked = { key: rest.join('/'), query: url.searchParams, body, request };
    if (asked.key === '') return list(asked, response, objects);
    return serve(asked, response, { objects, uploads, conditional: state.server?.conditional ?? true });
  };
  const server = await startFileServer(async (...exchange) => {
    await answer(...exchange);
  });
  const result = {
    ...server,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
    account,
    objects,
    intercept: undefined,
    conditional: true,
  };
  state.server = result;
  return result;
}

interface Storage {
  readonly objects: S3Server['objects'];
  readonly uploads: Map<string, Map<number, Buffer>>;
  readonly conditional: boolean;
}

function serve(asked: Asked, response: ServerResponse, { objects, uploads, conditional }: Storage): unknown {
  const { key, query, request } = asked;
  if (query.has('uploads') || query.has('uploadId')) return multipart(asked, response, { objects, uploads });
  if (request.method === 'PUT') return put(asked, response, objects, conditional);
  if (request.method !== 'DELETE') return get(asked, response, objects);
  objects.delete(key);
  return response.writeHead(204).end();
}

function get({ key, request }: Asked, response: ServerResponse, objects: S3Server['objects']): unknown {
  const found = objects.get(key);
  if (found === undefined) return fail(response, 404, 'NoSuchKey');
  response.setHeader('content-type', found.type);
  response.setHeader('etag', etagOf(found.bytes));
  response.setHeader('last-modified', found.changed.toUTCString());
  if (request.method === 'HEAD') return response.writeHead(200, { 'content-length': found.bytes.length }).end();
  return sendBytes(request, response, found.bytes);
}

function put(
  { key, request, body }: Asked,
  response: ServerResponse,
  objects: S3Server['objects'],
  conditional: boolean,
): unknown {
  const { 'if-match': match, 'if-none-match': noneMatch, 'content-type': type } = request.headers;
  const current = objects.get(key);
  if (!conditional && (match ?? noneMatch) !== undefined) return fail(response, 501, 'NotImplemented');
  if (match !== undefined && (current === undefined || etagOf(current.bytes) !== match))
    return fail(response, 412, 'PreconditionFailed');
  if (noneMatch === '*' && current !== undefined) return fail(response, 412, 'PreconditionFailed');
  objects.set(key, { bytes: body, type: type ?? 'binary/octet-stream', changed: new Date() });
  return response.writeHead(200, { etag: etagOf(body) }).end();
}

function multipart(
  { key, query, request, body }: Asked,
  response: ServerResponse,
  { objects, uploads }: { readonly objects: S3Server['objects']; readonly uploads: Map<string, Map<number, Buffer>> },
): unknown {
  if (query.has('uploads')) {
    const id = randomUUID();
    uploads.set(id, new Map());
    return sendXml(
      response,
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }
  const parts = uploads.get(query.get('uploadId')!);
  if (parts === undefined) return fail(response, 404, 'NoSuchUpload');
  if (request.method === 'PUT') {
    parts.set(Number(query.get('partNumber')), body);
    return response.writeHead(200, { etag: etagOf(body) }).end();
  }
  const numbers = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) => Number(number));
  const bytes = Buffer.concat(numbers.map((number) => parts.get(number)!));
  objects.set(key, { bytes, type: 'application/octet-stream', changed: new Date() });
  return sendXml(
    response,
    `<CompleteMultipartUploadResult><ETag>${etagOf(bytes)}</ETag></CompleteMultipartUploadResult>`,
  );
}

/** ListObjectsV2, three to a page. */
function list({ query }: Asked, response: ServerResponse, objects: S3Server['objects']): unknown {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const items = new Map<string, string>();
  for (const [key, { bytes, changed }] of [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end === -1 ? key : key.slice(0, end + 1);
    const object = `<Contents><Key>${name}</Key><LastModified>${changed.toISOString()}</LastModified><ETag>${etagOf(bytes)}</ETag><Size>${bytes.length}</Size></Contents>`;
    items.set(name, end === -1 ? object : `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`);
  }
  const after = query.get('continuation-token') ?? '';
  const left = [...items].filter(([name]) => name > after);
  const page = left.slice(0, 3);
  const next =
    left.length > page.length
      ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${page.at(-1)![0]}</NextContinuationToken>`
      : '<IsTruncated>false</IsTruncated>';
  return sendXml(
    response,
    `<ListBucketResult><Name>x</Name><Prefix>${prefix}</Prefix>${next}${page.map(([, text]) => text).join('')}</ListBucketResult>`,
  );
}

function sendXml(response: ServerResponse, text: string, status = 200): unknown {
  return response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
}

function fail(response: ServerResponse, status: number, code: string): unknown {
  return sendXml(response, `<Error><Code>${code}</Code><Message>the fake says so</Message></Error>`, status);
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
