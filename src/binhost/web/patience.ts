import { setTimeout as sleep } from 'node:timers/promises';
import type { Emit } from '../../core/events.ts';
import { FarmError } from '../../core/farm-error.ts';
import { redactSecrets } from '../../core/redact-secrets.ts';
import type { BinhostEvent } from '../binhost-events.ts';
import { problemOfFetchError, type WebProblem } from './web-problem.ts';

/** How long a binhost is given. */
export interface Patience {
  /** How often a request is made before it has failed. */
  readonly attempts: number;
  /** The pause after the first failure, in seconds; it doubles with every further one, with jitter. */
  readonly firstPause: number;
  readonly longestPause: number;
  /** A server that sends nothing for so many seconds has failed. */
  readonly stallSeconds: number;
}

/** What holds where nobody says another. */
export const defaultPatience: Patience = { attempts: 5, firstPause: 0.5, longestPause: 20, stallSeconds: 30 };

/** Whom retries are told, and who can stop them. */
export interface RetryContext {
  /** For messages, without secrets. */
  readonly location: string;
  readonly patience: Patience;
  readonly emit: Emit<BinhostEvent>;
  readonly signal?: AbortSignal;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
}

/** A server's wish for a pause is honoured up to so many seconds. */
const longestWish = 60;

/** Runs `work` until it succeeds, as long as its failures are passing ones; `fresh` says that something was achieved, so that patience begins anew.
 * @throws BINHOST_DENIED, BINHOST_UNAVAILABLE; what is no problem of the network passes through */
export async function withRetries<Result>(context: RetryContext, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    context.signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      await pauseOrThrow(error, attempt, context);
    }
  }
}

/** Waits before try number `attempt` (from 1) is repeated, or throws when it is not to be.
 * @throws BINHOST_DENIED, BINHOST_UNAVAILABLE; what is no problem of the network passes through */
export async function pauseOrThrow(error: unknown, attempt: number, context: RetryContext): Promise<void> {
  const { patience, signal, emit, location, random } = context;
  signal?.throwIfAborted();
  const problem = problemOfFetchError(error);
  if (problem === undefined) throw error;
  if (problem.kind !== 'passing' || attempt >= patience.attempts) throw errorOfProblem(problem, context);
  const backOff = Math.min(patience.longestPause, patience.firstPause * 2 ** (attempt - 1)) * (0.5 + random() / 2);
  const waitSeconds = Math.max(backOff, Math.min(longestWish, problem.waitSeconds));
  emit({ type: 'binhost.retried', location, reason: redactSecrets(problem.message), waitSeconds });
  await sleep(waitSeconds * 1000, undefined, signal === undefined ? {} : { signal });
}

/** What a problem is for the user. */
export function errorOfProblem(problem: WebProblem, { location }: Pick<RetryContext, 'location'>): FarmError {
  const message = `Cannot use the binhost "${location}": ${problem.message}`;
  if (problem.kind === 'denied') {
    return new FarmError('BINHOST_DENIED', message, {
      hint: 'Log in with "skopeo login", "podman login" or "docker login", whose credentials binfarm uses, or ask for the right',
      cause: problem,
    });
  }
  return new FarmError('BINHOST_UNAVAILABLE', message, { cause: problem });
}
