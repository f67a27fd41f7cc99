import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a registry does instead of answering well. */
export type Fault =
  | {
      readonly do: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection is closed without a word. */
  | { readonly do: 'drop' }
  /** The work is done, but the answer is lost. */
  | { readonly do: 'lose answer' }
  /** The connection is closed after so many bytes of the body that the request has. */
  | { readonly do: 'drop upload'; readonly after: number }
  /** Nothing comes for so long. */
  | { readonly do: 'stall'; readonly milliseconds: number }
  /** The body ends after so many bytes, and the connection with it. */
  | { readonly do: 'truncate'; readonly after: number }
  /** One byte of the answer's body is another. */
  | { readonly do: 'corrupt'; readonly at: number }
  /** One byte of the request's body arrives as another. */
  | { readonly do: 'corrupt upload'; readonly at: number }
  /** A 206 of another part than was asked for. */
  | { readonly do: 'wrong range' }
  /** The whole, though a part was asked for. */
  | { readonly do: 'ignore range' };

/** A request as faults are chosen by it. */
export interface RegistryRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** How many requests of this method and path there were before; all uploads are one path. */
  readonly earlier: number;
}

/** How a registry behaves. */
export interface RegistryManners {
  /** Chooses a fault for a request. */
  fault?: (request: RegistryRequest) => Fault | undefined;
  /** How `Location` is written. */
  location?: 'relative' | 'absolute' | 'other host';
  /** How PATCH is answered: as it should be, with a refusal, or with a `Range` that stays where it was. */
  patch?: 'good' | 'refused' | 'stuck range';
  /** Whether blobs are mounted; else an upload is opened instead. */
  mounts?: boolean;
  /** Names in a page of a list. */
  pageSize?: number;
  /** Whether it tells its repositories. */
  catalog?: boolean;
  /** Whether something can be removed. */
  deletes?: boolean;
  /** Whether it lists what is attached to a manifest, as registries do since version 1.1 of the specification. */
  referrers?: boolean;
}

/** A registry in memory that can be told to misbehave. */
export interface FaultRegistry extends AsyncDisposable {
  readonly host: string;
  readonly manners: RegistryManners;
  /** `METHOD path`, in order. */
  readonly log: string[];
  /** Bytes of request bodies that have arrived. */
  readonly received: () => number;
}

interface State {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, { readonly type: string; readonly bytes: Buffer }>;
  readonly uploads: Map<string, Buffer>;
  readonly manners: RegistryManners;
  readonly addresses: { own: string; other: string };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly body: Buffer;
  readonly fault: Fault | undefined;
  readonly state: State;
}

/** Starts the registry, under two addresses that are different hosts to a client. */
export async function startFaultRegistry(manners: RegistryManners = {}): Promise<FaultRegistry> {
  const state: State = {
    blobs: new Map(),
    manifests: new Map(),
    uploads: new Map(),
    manners,
    addresses: { own: '', other: '' },
  };
  const log: string[] = [];
  let received = 0;
  const counts = new Map<string, number>();
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url!, 'http://x');
    log.push(`${request.method} ${url.pathname}`);
    const key = `${request.method} ${url.pathname.replace(/uploads\/.+/, 'uploads/*')}`;
    const earlier = counts.get(key) ?? 0;
    counts.set(key, earlier + 1);
    const fault = manners.fault?.({ method: request.method!, path: url.pathname, headers: request.headers, earlier });
    const body = await receiveBody(request, fault);
    received += body.length;
    const exchange = { request, response, url, body, fault, state };
    await answer(exchange, response.socket?.destroyed === true);
  };
  const servers = [createServer(), createServer()];
  for (const server of servers)
    server.on('request', (request, response) => void handle(request, response).catch(() => response.destroy()));
  const [own, other] = await Promise.all(servers.map(listen));
  state.addresses.own = `127.0.0.1:${own}`;
  state.addresses.other = `localhost:${other}`;
  return {
    host: state.addresses.own,
    manners,
    log,
    received: () => received,
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return (server.address() as AddressInfo).port;
}

async function receiveBody(request: IncomingMessage, fault: Fault | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (fault?.do === 'drop upload' && size >= fault.after) {
      const part = Buffer.concat(chunks).subarray(0, fault.after);
      request.socket.destroy();
      return part;
    }
  }
  const body = Buffer.concat(chunks);
  if (fault?.do === 'corrupt upload' && body.length > fault.at) body[fault.at]! ^= 1;
  return body;
}

async function answer(exchange: Exchange, isBroken: boolean): Promise<unknown> {
  const { response, fault } = exchange;
  if (fault?.do === 'drop') return response.socket?.destroy();
  if (fault?.do === 'answer') return response.writeHead(fault.status, fault.headers).end(fault.body);
  if (fault?.do === 'stall') await new Promise((resolve) => setTimeout(resolve, fault.milliseconds).unref());
  if (isBroken || fault?.do === 'lose answer') {
    // The request is carried out, but nobody is told.
    await route({ ...exchange, response: new DeafResponse() as unknown as ServerResponse });
    return response.socket?.destroy();
  }
  return await route(exchange);
}

/** Takes an answer and forgets it. */
class DeafResponse {
  writeHead(): this {
    return this;
  }
  setHeader(): this {
    return this;
  }
  end(): this {
    return this;
  }
}

const routes: readonly {
  readonly path: RegExp;
  readonly go: (exchange: Exchange, parts: readonly string[]) => void;
}[] = [
  { path: /^\/v2\/$/, go: (exchange) => void exchange.response.writeHead(200).end('{}') },
  { path: /^\/v2\/_catalog$/, go: listCatalog },
  { path: /^\/v2\/(.+)\/tags\/list$/, go: listTags },
  { path: /^\/v2\/(.+)\/manifests\/([^/]+)$/, go: handleManifest },
  { path: /^\/v2\/(.+)\/referrers\/([^/]+)$/, go: listReferrers },
  { path: /^\/v2\/(.+)\/blobs\/uploads\/$/, go: openUpload },
  { path: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, go: continueUpload },
  { path: /^\/v2\/(.+)\/blobs\/([^/]+)$/, go: handleBlob },
];

async function route(exchange: Exchange): Promise<void> {
  for (const { path, go } of routes) {
    const match = path.exec(exchange.url.pathname);
    if (match !== null) return go(exchange, match.slice(1));
  }
  refuse(exchange, 404, 'NAME_UNKNOWN');
}

function handleManifest(exchange: Exchange, [repository, reference]: readonly string[]): unknown {
  const { request, response, body, state } = exchange;
  const key = `${repository} ${reference}`;
  if (request.method === 'PUT') {
    const manifest = { type: request.headers['content-type']!, bytes: body };
    for (const name of [reference, digestOf(body)]) state.manifests.set(`${repository} ${name}`, manifest);
    return response.writeHead(201, { 'docker-content-digest': digestOf(body) }).end();
  }
  const found = state.manifests.get(key);
  const isAccepted = request.method === 'DELETE' || (request.headers.accept ?? '').includes(found?.type ?? '');
  if (found === undefined || !isAccepted) return refuse(exchange, 404, 'MANIFEST_UNKNOWN');
  if (request.method === 'DELETE') return deleteManifest(exchange, repository!, found.bytes);
  response.setHeader('docker-content-digest', digestOf(found.bytes));
  return sendBytes(exchange, found.bytes, found.type);
}

/** A manifest goes with all the tags that it has in its repository. */
function listReferrers(exchange: Exchange, [repository, digest]: readonly string[]): unknown {
  const { state } = exchange;
  if (state.manners.referrers !== true) return refuse(exchange, 404, 'UNSUPPORTED');
  const own = [...state.manifests].filter(([key]) => key.startsWith(`${repository} sha256:`));
  const manifests = own.flatMap(([, { type, bytes }]) => {
    const { subject, artifactType, annotations } = JSON.parse(bytes.toString()) as {
      subject?: { digest: string };
      artifactType?: string;
      annotations?: object;
    };
    const descriptor = { mediaType: type, digest: digestOf(bytes), size: bytes.length, artifactType, annotations };
    return subject?.digest === digest ? [descriptor] : [];
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  return sendBytes(exchange, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })), mediaType);
}

function deleteManifest(exchange: Exchange, repository: string, doomed: Buffer): unknown {
  const { response, state } = exchange;
  if (state.manners.deletes === false) return refuse(exchange, 405, 'UNSUPPORTED');
  for (const [name, { bytes }] of state.manifests)
    if (name.startsWith(`${repository} `) && bytes.equals(doomed)) state.manifests.delete(name);
  return response.writeHead(202).end();
}

function handleBlob(exchange: Exchange, [repository, digest]: readonly string[]): unknown {
  const { request, response, state } = exchange;
  const found = state.blobs.get(`${repository} ${digest}`);
  if (found === undefined) return refuse(exchange, 404, 'BLOB_UNKNOWN');
  if (request.method === 'HEAD') return response.writeHead(200, { 'content-length': found.length }).end();
  if (request.method === 'GET') return sendBytes(exchange, found, 'application/octet-stream');
  if (state.manners.deletes === false) return refuse(exchange, 405, 'UNSUPPORTED');
  state.blobs.delete(`${repository} ${digest}`);
  return response.writeHead(202).end();
}

function openUpload(exchange: Exchange, [repository]: readonly string[]): unknown {
  const { response, url, state } = exchange;
  const mounted = state.blobs.get(`${url.searchParams.get('from')} ${url.searchParams.get('mount')}`);
  if (mounted !== undefined && state.manners.mounts !== false) {
    state.blobs.set(`${repository} ${url.searchParams.get('mount')}`, mounted);
    return response.writeHead(201, { location: 'somewhere' }).end();
  }
  const id = randomUUID();
  state.uploads.set(id, Buffer.alloc(0));
  return response.writeHead(202, { location: locationOf(exchange, repository!, id), 'content-length': 0 }).end();
}

function continueUpload(exchange: Exchange, [repository, id]: readonly string[]): unknown {
  const { request, response, url, body, state } = exchange;
  const before = state.uploads.get(id!);
  if (before === undefined) return refuse(exchange, 404, 'BLOB_UPLOAD_UNKNOWN');
  const location = locationOf(exchange, repository!, id!);
  if (request.method === 'DELETE') {
    state.uploads.delete(id!);
    return response.writeHead(204).end();
  }
  if (request.method === 'GET') return response.writeHead(204, { location, range: rangeOf(before) }).end();
  if (request.method === 'PATCH') return takeChunk(exchange, { before, id: id!, location });
  const bytes = Buffer.concat([before, body]);
  const digest = url.searchParams.get('digest')!;
  if (digestOf(bytes) !== digest) return refuse(exchange, 400, 'DIGEST_INVALID');
  state.uploads.delete(id!);
  state.blobs.set(`${repository} ${digest}`, bytes);
  return response.writeHead(201, { location: `/v2/${repository}/blobs/${digest}` }).end();
}

function takeChunk(
  exchange: Exchange,
  { before, id, location }: { readonly before: Buffer; readonly id: string; readonly location: string },
): unknown {
  const { request, response, body, state } = exchange;
  if (state.manners.patch === 'refused') return refuse(exchange, 405, 'UNSUPPORTED');
  const start = Number(/^(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1] ?? before.length);
  if (start !== before.length) return refuse(exchange, 416, 'BLOB_UPLOAD_INVALID');
  const after = Buffer.concat([before, body]);
  state.uploads.set(id, after);
  const range = state.manners.patch === 'stuck range' && before.length > 0 ? '0-99' : rangeOf(after);
  return response.writeHead(202, { location, range }).end();
}

function rangeOf(bytes: Buffer): string {
  return `0-${Math.max(0, bytes.length - 1)}`;
}

/** Where an upload goes on; with a query of its own that must not be lost. */
function locationOf({ state }: Exchange, repository: string, id: string): string {
  const path = `/v2/${repository}/blobs/uploads/${id}?state=a%2Fb`;
  const { own, other } = state.addresses;
  return { relative: path, absolute: `http://${own}${path}`, 'other host': `http://${other}${path}` }[
    state.manners.location ?? 'relative'
  ];
}

function listCatalog(exchange: Exchange): unknown {
  if (exchange.state.manners.catalog === false) return refuse(exchange, 401, 'UNAUTHORIZED');
  const names = [...exchange.state.manifests.keys()].map((key) => key.split(' ')[0]!);
  return sendPage(exchange, [...new Set(names)].toSorted(), (repositories) => ({ repositories }));
}

function listTags(exchange: Exchange, [name]: readonly string[]): unknown {
  const keys = [...exchange.state.manifests.keys()]
    .filter((key) => key.startsWith(`${name} `))
    .map((key) => key.split(' ')[1]!);
  if (keys.length === 0) return refuse(exchange, 404, 'NAME_UNKNOWN');
  return sendPage(exchange, keys.filter((key) => !key.includes(':')).toSorted(), (tags) => ({ name, tags }));
}

function sendPage(exchange: Exchange, all: readonly string[], wrap: (names: readonly string[]) => object): unknown {
  const { url, state } = exchange;
  const left = all.filter((name) => name > (url.searchParams.get('last') ?? ''));
  const page = left.slice(0, state.manners.pageSize ?? 1000);
  if (left.length > page.length)
    exchange.response.setHeader('link', `<${url.pathname}?n=1&last=${page.at(-1)}>; rel="next"`);
  return sendBytes(exchange, Buffer.from(JSON.stringify(wrap(page))), 'application/json');
}

function sendBytes({ request, response, fault }: Exchange, all: Buffer, type: string): unknown {
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const isPart = asked !== undefined && fault?.do !== 'ignore range';
  const start = isPart ? Math.max(0, Number(asked) - (fault?.do === 'wrong range' ? 7 : 0)) : 0;
  const said = fault?.do === 'wrong range' ? start + 20 : start;
  const bytes = Buffer.from(all.subarray(said));
  const headers = { 'content-type': type, 'content-length': bytes.length };
  if (fault?.do === 'corrupt' && bytes.length > fault.at) bytes[fault.at]! ^= 1;
  response.writeHead(
    isPart ? 206 : 200,
    isPart ? { ...headers, 'content-range': `bytes ${said}-${all.length - 1}/${all.length}` } : headers,
  );
  if (fault?.do !== 'truncate') return response.end(bytes);
  return response.write(bytes.subarray(0, fault.after), () => response.socket?.destroy());
}

function refuse({ response }: Exchange, status: number, code: string): unknown {
  return response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ errors: [{ code, message: 'the fake refuses' }] }));
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
