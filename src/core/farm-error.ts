import type { ErrorCode } from './error-codes.ts';
import { redactSecrets } from './redact-secrets.ts';

/** Where in a file an error was found; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** What can accompany an error beside its code and message. */
export interface FarmErrorOptions {
  /** A separate sentence, or a command that can be typed. */
  readonly hint?: string;
  readonly place?: Place;
  readonly cause?: unknown;
  /** Plain data for `--json`. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error that binfarm throws on purpose; anything else that is thrown is a bug and shows its stack. */
export class FarmError extends Error {
  override readonly name = 'FarmError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: Place | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  /** The message reads `Cannot <action> "<value>": <state>`; secrets in it are redacted. */
  constructor(code: ErrorCode, message: string, options: FarmErrorOptions = {}) {
    super(redactSecrets(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint === undefined ? undefined : redactSecrets(options.hint);
    this.place = options.place;
    this.details = options.details ?? {};
  }
}

/** True when a thrown value is a FarmError, of the given code if one is given. */
export function isFarmError(value: unknown, code?: ErrorCode): value is FarmError {
  return value instanceof FarmError && (code === undefined || value.code === code);
}

/** Formats a place as `file:line:column`, leaving out what is not known. */
export function formatPlace(place: Place): string {
  return [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
}

/** Runs a parser and gives its error the place of what it parses, unless it knows a better one. */
export function atPlace<Result>(place: Place, parse: () => Result): Result {
  try {
    return parse();
  } catch (error) {
    if (!isFarmError(error) || error.place !== undefined) throw error;
    const { code, message, hint, details } = error;
    throw new FarmError(code, message, { place, details, cause: error, ...(hint === undefined ? {} : { hint }) });
  }
}
