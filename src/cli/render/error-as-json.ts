import { isFarmError, type Place } from '../../core/farm-error.ts';

/** An error as `--json` prints it, below the key `error`. */
export interface ErrorJson {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly place?: Place;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Only of an unexpected error. */
  readonly stack?: string;
}

/** The parts of an error as plain data. */
export function errorAsJson(error: unknown): ErrorJson {
  if (!isFarmError(error)) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { code: 'UNEXPECTED', message, ...(stack === undefined ? {} : { stack }) };
  }
  const { code, message, hint, place, details } = error;
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(place === undefined ? {} : { place }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}
