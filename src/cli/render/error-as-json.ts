import { isFarmError, type Place } from '../../core/farm-error.ts';

/** An error as `--json` prints it, below the key `error`. */
export interface ErrorJson {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly place?: Place;
  readonly details?: Readonly<Record<string, unknown>>;
  /** The message of the error that led to this one, where it says more. */
  readonly because?: string;
  /** Only of an unexpected error. */
  readonly stack?: string;
}

/** The parts of an error as plain data. */
export function errorAsJson(error: unknown): ErrorJson {
  if (!isFarmError(error)) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { code: 'UNEXPECTED', message, ...(stack === undefined ? {} : { stack }) };
  }
  const { code, message, hint, place, details, cause } = error;
  const says = cause instanceof Error && cause.message !== '' && !message.includes(cause.message);
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
    ...(says ? { because: cause.message } : {}),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}
