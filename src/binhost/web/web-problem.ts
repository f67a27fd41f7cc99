/** Why a request did not succeed: `passing` it may when it is made again, `denied` this user may not, `final` no. */
export class WebProblem extends Error {
  override readonly name = 'WebProblem';
  readonly kind: 'passing' | 'denied' | 'final';
  /** What the server asks for, uncapped. */
  readonly waitSeconds: number;
  /** The server's status, where it answered. */
  readonly status: number | undefined;

  constructor(
    kind: WebProblem['kind'],
    reason: string,
    options: { readonly waitSeconds?: number | undefined; readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.waitSeconds = options.waitSeconds ?? 0;
    this.status = options.status;
  }
}

const states: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  ECONNABORTED: 'the connection broke off',
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'the connection broke off',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no network',
  ENOTFOUND: 'there is no such server',
  EPIPE: 'the connection broke off',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'no data came for too long',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came for too long',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the connection broke off',
  UND_ERR_SOCKET: 'the connection broke off',
};

/** Says what an error of `fetch` means; undefined when it is no network error at all. */
export function problemOfFetchError(error: unknown): WebProblem | undefined {
  if (error instanceof WebProblem) return error;
  if (!(error instanceof TypeError) && (error as NodeJS.ErrnoException).code === undefined) return undefined;
  const { code, message } = innermost(error);
  const state = states[code] ?? (message === 'terminated' ? 'the connection broke off' : undefined);
  if (state !== undefined) return new WebProblem('passing', state, { cause: error });
  const isNetwork = error instanceof TypeError ? error.message === 'fetch failed' : /^(HPE_|UND_ERR_)/.test(code);
  return isNetwork ? new WebProblem('final', message === '' ? code : message, { cause: error }) : undefined;
}

/** Says what a status other than success means: servers that are busy or broken may recover, others not. `now` in milliseconds. */
export function problemOfStatus(status: number, said: string, retryAfter: string | null, now: number): WebProblem {
  const reason = `it answers ${status}${said === '' ? '' : `: ${said}`}`;
  if (status === 401 || status === 403) return new WebProblem('denied', reason, { status });
  const isPassing =
    (status === 400 && said.startsWith('DIGEST_INVALID')) || // bytes changed on the way, or two sent the same at once
    status === 408 ||
    status === 425 ||
    status === 429 ||
    (status >= 500 && ![501, 505, 507].includes(status));
  if (!isPassing) return new WebProblem('final', reason, { status });
  return new WebProblem('passing', reason, { status, waitSeconds: parseRetryAfter(retryAfter, now) });
}

/** Reads a Retry-After header, which is a number of seconds or a date (RFC 9110, section 10.2.3). */
function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
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
