import { type IncomingMessage, Agent as PlainAgent, type RequestOptions, request as requestPlain } from 'node:http';
import { request as requestSecure, Agent as SecureAgent } from 'node:https';
import { FarmError } from '../../../core/farm-error.ts';
import { atOnce } from '../limits.ts';
import { type FoundFile, PassingFailure, type RepositorySource } from './repository-source.ts';

/** How a repository on a web server is read. */
export interface WebSourceOptions {
  /** A caching proxy that speaks for plain http, as sites have it. */
  readonly proxy?: URL;
  readonly signal?: AbortSignal;
  /** A server that sends nothing for so many seconds has failed; 30 where it is absent. */
  readonly stallSeconds?: number;
}

interface Server {
  readonly base: URL;
  readonly location: string;
  readonly options: WebSourceOptions;
  readonly agent: PlainAgent;
}

/** Opens a repository on a web server. Redirects are refused: stock clients do not follow them.
 * @throws CVMFS_UNSUPPORTED for https through a proxy */
export function openWebSource(address: URL, options: WebSourceOptions): RepositorySource {
  const base = new URL(address.href.endsWith('/') ? address : `${address.href}/`);
  const location = base.href.replace(/\/$/, '');
  if (options.proxy !== undefined && base.protocol === 'https:') {
    throw new FarmError('CVMFS_UNSUPPORTED', `Cannot read "${location}" through a proxy: it is an https address`);
  }
  const isSecure = (options.proxy ?? base).protocol === 'https:';
  const agent = new (isSecure ? SecureAgent : PlainAgent)({ keepAlive: true, maxSockets: atOnce });
  const server: Server = { base, location, options, agent };
  return {
    location,
    open: async (key, { fresh = false } = {}) => {
      const answer = await ask(server, { key, method: 'GET', fresh });
      return answer === undefined ? undefined : fileOf(answer, server);
    },
    has: async (key) => {
      const answer = await ask(server, { key, method: 'HEAD', fresh: false });
      answer?.resume();
      return answer !== undefined;
    },
    close: () => agent.destroy(),
  };
}

interface Question {
  readonly key: string;
  readonly method: 'GET' | 'HEAD';
  readonly fresh: boolean;
}

async function ask(server: Server, question: Question): Promise<IncomingMessage | undefined> {
  const answer = await send(server, question);
  const status = answer.statusCode ?? 0;
  if (status === 200 && [undefined, 'identity'].includes(answer.headers['content-encoding'])) return answer;
  answer.destroy();
  if (status === 404 || status === 410) return undefined;
  const passing = status === 408 || status === 429 || (status >= 500 && status !== 501);
  if (passing) throw new PassingFailure(`it answers ${status}`);
  throw unusable(server, status);
}

function unusable({ location }: Server, status: number): FarmError {
  if (status === 200) {
    return new FarmError('CVMFS_UNAVAILABLE', `Cannot read "${location}": it sends objects in another encoding`, {
      hint: 'Switch off compression in the web server: objects are compressed already',
    });
  }
  const isRedirect = status >= 300 && status < 400;
  return new FarmError('CVMFS_UNAVAILABLE', `Cannot read "${location}": it answers ${status}`, {
    ...(isRedirect ? { hint: 'CVMFS clients follow no redirects: name the address that it leads to' } : {}),
  });
}

async function send({ base, options, agent }: Server, { key, method, fresh }: Question): Promise<IncomingMessage> {
  const target = new URL(key, base);
  const { proxy, signal } = options;
  const settings: RequestOptions = {
    method,
    agent,
    headers: {
      'accept-encoding': 'identity',
      'user-agent': 'binfarm',
      ...(fresh ? { 'cache-control': 'no-cache', pragma: 'no-cache' } : {}),
      ...(proxy === undefined ? {} : { host: target.host }),
    },
    timeout: (options.stallSeconds ?? 30) * 1000,
    ...(proxy === undefined ? {} : { path: target.href }),
    ...(signal === undefined ? {} : { signal }),
  };
  const to = proxy ?? target;
  return await new Promise((resolve, reject) => {
    const request = (to.protocol === 'https:' ? requestSecure : requestPlain)(to, settings, resolve);
    request.on('timeout', () => request.destroy(new PassingFailure('nothing came for too long')));
    request.on('error', (error) => reject(failureOf(error, signal)));
    request.end();
  });
}

function fileOf(answer: IncomingMessage, { options }: Server): FoundFile {
  const length = answer.headers['content-length'];
  return {
    size: length === undefined ? undefined : Number(length),
    chunks: async function* () {
      try {
        for await (const chunk of answer as AsyncIterable<Buffer>) yield chunk;
      } catch (error) {
        throw failureOf(error, options.signal);
      }
    },
    discard: async () => {
      answer.destroy();
    },
  };
}

const states: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections',
  ENOTFOUND: 'there is no such server',
  ETIMEDOUT: 'it does not answer',
};

/** Whatever the network does may be over soon; the user's wish to stop is passed on as it is. */
function failureOf(error: unknown, signal: AbortSignal | undefined): unknown {
  signal?.throwIfAborted();
  if (error instanceof PassingFailure) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new PassingFailure(states[code ?? ''] ?? `the connection broke off (${code ?? message})`, { cause: error });
}
