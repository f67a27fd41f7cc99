import { parentPort } from 'node:worker_threads';
import type { ErrorCode } from '../core/error-codes.ts';
import { type FarmError, isFarmError } from '../core/farm-error.ts';
import { type UnpackRequest, unpackPackage } from '../package/unpack-package.ts';

/** What a thread answers about one package. */
export type UnpackAnswer = { readonly files: number } | { readonly error: UnpackFailure };

/** A FarmError as it crosses from one thread to another. */
export interface UnpackFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: FarmError['details'];
}

parentPort?.on('message', (request: UnpackRequest) => {
  void unpackPackage(request).then(
    ({ entries }) => answer({ files: entries.length }),
    (error: unknown) => answer({ error: failureOf(error) }),
  );
});

function answer(message: UnpackAnswer): void {
  parentPort?.postMessage(message);
}

function failureOf(error: unknown): UnpackFailure {
  if (isFarmError(error)) return { code: error.code, message: error.message, hint: error.hint, details: error.details };
  return { code: 'UNEXPECTED', message: (error as Error)?.stack ?? String(error), hint: undefined, details: {} };
}
