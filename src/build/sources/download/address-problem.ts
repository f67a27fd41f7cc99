import type { Digest } from '../../../core/digest-text.ts';

/** Why an address did not give a file, and whether it may be asked again: `final` no, `passing` after a pause,
 * `unreachable` only if there is no other address, `mismatch` no, and its answer was a wrong file. */
export interface AddressProblem {
  readonly kind: 'final' | 'passing' | 'unreachable' | 'mismatch';
  readonly reason: string;
  /** What the server asked for, uncapped. */
  readonly waitSeconds?: number;
  /** The digest of the wrong file. */
  readonly got?: Digest;
}

const unreachable: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  ECONNREFUSED: 'the server refuses connections',
  EHOSTUNREACH: 'there is no way to the server',
  ENETUNREACH: 'there is no network',
  ENOTFOUND: 'there is no such server',
  ETIMEDOUT: 'the server does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'the server does not answer',
};

const passing: Readonly<Record<string, string>> = {
  ECONNABORTED: 'the connection broke off',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  UND_ERR_BODY_TIMEOUT: 'no data came for too long',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came for too long',
  UND_ERR_SOCKET: 'the connection broke off',
};

/** Says what an error of `fetch` means for the address; undefined when it is no network error at all. */
export function problemOfFetchError(error: unknown): AddressProblem | undefined {
  if (!(error instanceof TypeError) && (error as NodeJS.ErrnoException).code === undefined) return undefined;
  const { code, message } = innermost(error);
  const state = unreachable[code];
  if (state !== undefined) return { kind: 'unreachable', reason: state };
  const broken = passing[code];
  if (broken !== undefined) return { kind: 'passing', reason: broken };
  if (message === 'terminated') return { kind: 'passing', reason: 'the connection broke off' };
  return { kind: 'final', reason: message };
}

/** Says what a status other than success means: servers that are busy or broken may recover, others not. */
export function problemOfStatus(response: Response, now: number): AddressProblem {
  const { status, statusText } = response;
  const reason = `the server answers ${status}${statusText === '' ? '' : ` ${statusText}`}`;
  if (status !== 408 && status !== 429 && status < 500) return { kind: 'final', reason };
  const waitSeconds = parseRetryAfter(response.headers.get('retry-after'), now);
  return { kind: 'passing', reason, ...(waitSeconds === undefined ? {} : { waitSeconds }) };
}

/** Reads a Retry-After header, which is a number of seconds or a date (RFC 9110, section 10.2.3); `now` in milliseconds. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

/** The pause in seconds before try number `attempt` (from 1) is repeated: doubling from half a second, with jitter, at most
 * 20; a server's wish is honoured up to a minute. `random` is in [0, 1). */
export function retryDelay(attempt: number, random: number, wish = 0): number {
  const backOff = Math.min(20, 0.5 * 2 ** (attempt - 1)) * (0.5 + random / 2);
  return Math.max(backOff, Math.min(60, wish));
}

function innermost(error: unknown): { code: string; message: string } {
  let current = error as NodeJS.ErrnoException & { errors?: unknown[] };
  let code = '';
  for (let depth = 0; depth < 8; depth += 1) {
    code = current.code ?? code;
    const next = current.cause ?? current.errors?.[0];
    if (!(next instanceof Error)) break;
    current = next as typeof current;
  }
  return { code, message: current.message };
}
