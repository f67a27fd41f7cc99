import { type RetryContext, withRetries } from './patience.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';
import { problemOfStatus, WebProblem } from './web-problem.ts';

/** A request to a binhost. */
export interface WebRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** A Blob of a file is read while it is sent. */
  readonly body?: Blob | string;
  /** What it needs to be allowed, as `Authorizer` understands it. */
  readonly scopes?: readonly string[];
  /** The statuses that are answers; others are problems. */
  readonly answers: readonly number[];
}

/** An answer whose body was not read yet. */
export interface WebAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Where it came from, after redirects. */
  readonly url: URL;
  /** The body as it arrives; a stall or a break is a WebProblem. */
  readonly chunks: () => AsyncIterable<Buffer>;
  /** Lets the connection go without reading the body. */
  readonly discard: () => Promise<void>;
}

/** Adds what a server wants to know before it answers. */
export interface Authorizer {
  /** The Authorization header for a request, if one is known to be wanted. */
  readonly headerFor: (scopes: readonly string[]) => Promise<string | undefined>;
  /** Learns from a 401; true when the request is worth making again. */
  readonly learn: (challenge: string | null, scopes: readonly string[], sent: string | undefined) => Promise<boolean>;
}

/** How a client of one binhost is made. */
export interface WebClientOptions extends RetryContext {
  /** Whose requests are authorized; nothing is ever sent to another. */
  readonly origin: string;
  readonly authorizer?: Authorizer;
  /** Whether plain http is used beyond this machine. */
  readonly allowPlain: boolean;
}

/** A client of one web server. */
export interface WebClient extends RetryContext {
  /** Makes a request once: with authorization and redirects, without repetition.
   * @throws WebProblem, and the errors of `fetch` */
  readonly open: (request: WebRequest) => Promise<WebAnswer>;
  /** Makes a request and reads its answer, as often as it takes.
   * @throws BINHOST_DENIED, BINHOST_UNAVAILABLE */
  readonly send: <Result>(request: WebRequest, read: (answer: WebAnswer) => Promise<Result>) => Promise<Result>;
}

const mostRedirects = 5;

/** Slower than this (bytes a second), and an upload has stalled. */
const slowestUpload = 50_000;

/** Makes a client of one web server. */
export function createWebClient(options: WebClientOptions): WebClient {
  const open = async (request: WebRequest): Promise<WebAnswer> => {
    const { authorizer } = options;
    const scopes = request.scopes ?? [];
    const isOwn = request.url.origin === options.origin;
    for (let tries = 0; ; tries += 1) {
      const authorization = isOwn ? await authorizer?.headerFor(scopes) : undefined;
      const answer = await follow(request, authorization, options);
      if (request.answers.includes(answer.status)) return answer;
      const challenge = answer.headers.get('www-authenticate');
      const said = await readComplaint(answer);
      const again =
        answer.status === 401 && isOwn && tries < 2 && (await authorizer?.learn(challenge, scopes, authorization));
      if (!again) throw problemOfStatus(answer.status, said, answer.headers.get('retry-after'), Date.now());
    }
  };
  return {
    ...options,
    open,
    send: (request, read) => withRetries(options, async () => await read(await open(request))),
  };
}

/** Makes a request and follows redirects; the authorization goes to the first server alone. */
async function follow(
  request: WebRequest,
  authorization: string | undefined,
  options: WebClientOptions,
): Promise<WebAnswer> {
  const size = typeof request.body === 'string' ? Buffer.byteLength(request.body) : (request.body?.size ?? 0);
  const watchdog = createWatchdog(options.patience.stallSeconds, options.signal);
  let target = request.url;
  for (let redirects = 0; ; redirects += 1) {
    refusePlain(target, options);
    const headers: Record<string, string> = {
      'accept-encoding': 'identity',
      'user-agent': 'binfarm',
      ...request.headers,
    };
    if (authorization !== undefined && target.origin === request.url.origin) headers.authorization = authorization;
    const init: RequestInit = { method: request.method ?? 'GET', headers, redirect: 'manual', signal: watchdog.signal };
    if (request.body !== undefined) init.body = request.body;
    const response = await watchdog.wait(fetch(target, init), size / slowestUpload);
    const answer = answerOf(response, target, watchdog);
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return answer;
    await answer.discard();
    target = redirectTarget(target, location, redirects);
  }
}

function redirectTarget(from: URL, location: string, redirects: number): URL {
  if (redirects === mostRedirects) throw new WebProblem('final', `it redirects more than ${mostRedirects} times`);
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const isFine =
    next !== undefined && (next.protocol === 'https:' || (next.protocol === 'http:' && from.protocol === 'http:'));
  if (!isFine) throw new WebProblem('final', `it redirects to "${location}", which is not followed`);
  next.username = '';
  next.password = '';
  return next;
}

function answerOf(response: Response, url: URL, watchdog: Watchdog): WebAnswer {
  const discard = async () => {
    await response.body?.cancel().catch(() => {});
  };
  return {
    status: response.status,
    headers: response.headers,
    url,
    discard,
    chunks: async function* () {
      const reader = response.body?.getReader();
      if (reader === undefined) return;
      try {
        for (;;) {
          const { done, value } = await watchdog.wait(reader.read());
          if (done) return;
          yield Buffer.from(value.buffer, value.byteOffset, value.byteLength);
        }
      } finally {
        await reader.cancel().catch(() => {});
      }
    },
  };
}

/** What a server says about a refusal: the errors of the OCI distribution API, or nothing. */
async function readComplaint(answer: WebAnswer): Promise<string> {
  const text = (await readBytes(answer, 1 << 14).catch(() => undefined))?.toString('utf8') ?? '';
  try {
    const { errors } = JSON.parse(text) as { errors?: { code?: unknown; message?: unknown }[] };
    const [first] = errors ?? [];
    return first === undefined
      ? ''
      : [first.code, first.message]
          .filter((part) => typeof part === 'string')
          .join(', ')
          .slice(0, 200);
  } catch {
    return '';
  }
}

/** Reads a small body whole.
 * @throws WebProblem when it has more than `limit` bytes, or fewer than it was said to have */
export async function readBytes(answer: WebAnswer, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.chunks()) {
    size += chunk.length;
    if (size > limit) throw new WebProblem('final', `it sends more than ${limit} bytes as "${answer.url.pathname}"`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Refuses plain http, which anybody on the way can read and change, unless it stays on this machine or is asked for. */
function refusePlain(url: URL, { allowPlain }: WebClientOptions): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && (allowPlain || isLoopback(url.hostname)))) return;
  throw new WebProblem('final', `plain ${url.protocol}//${url.host} is not used beyond this machine`);
}

/** True for the names and addresses of this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}
