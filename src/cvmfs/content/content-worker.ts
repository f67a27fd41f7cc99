import { parentPort } from 'node:worker_threads';
import type { ErrorCode } from '../../core/error-codes.ts';
import { type FarmError, isFarmError } from '../../core/farm-error.ts';
import type { ObjectDraft } from '../store/put-objects.ts';
import { openContentLookup } from './open-object-index.ts';
import { type ContentJob, createJobRunner, type JobResult, type JobSettings } from './run-job.ts';
import type { StoredContent } from './store-content.ts';

/** What a thread is sent: first its settings, then jobs. */
export type WorkerMessage = { readonly settings: JobSettings } | { readonly job: ContentJob };

/** What a thread answers about one job: objects that are to be stored, any number of times, and then the result. */
export type WorkerAnswer =
  | { readonly objects: PackedObjects }
  | { readonly result: JobResult; readonly files: PackedContents }
  | { readonly error: JobFailure };

/** Objects as they cross from one thread to another: one after the other in one piece of memory. */
export interface PackedObjects {
  readonly names: readonly string[];
  readonly lengths: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A FarmError as it crosses from one thread to another. */
export interface JobFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: FarmError['details'];
}

let run: ((job: ContentJob) => Promise<JobResult>) | undefined;

parentPort?.on('message', (message: WorkerMessage) => {
  if ('settings' in message) {
    run = createJobRunner(message.settings, openContentLookup(message.settings.index), sendObjects);
    return;
  }
  void run!(message.job).then(
    (result) => answer({ result: { ...result, files: [] }, files: packContents(result.files) }),
    (error: unknown) => answer({ error: failureOf(error) }),
  );
});

/** Contents as they cross from one thread to another. */
export interface PackedContents {
  readonly sizes: Float64Array;
  readonly lengths: Float64Array;
  /** Digest and content of each, one after the other. */
  readonly bytes: Uint8Array;
}

function packContents(files: readonly StoredContent[]): PackedContents {
  return {
    sizes: Float64Array.from(files, ({ size }) => size),
    lengths: Float64Array.from(files, ({ content }) => content.length),
    bytes: new Uint8Array(Buffer.concat(files.flatMap(({ digest, content }) => [digest, content]))),
  };
}

function sendObjects(drafts: readonly ObjectDraft[]): void {
  const lengths = drafts.map(({ bytes }) => bytes.length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const draft of drafts) {
    bytes.set(draft.bytes, at);
    at += draft.bytes.length;
  }
  const objects: PackedObjects = { names: drafts.map(({ name }) => name), lengths, bytes };
  parentPort?.postMessage({ objects } satisfies WorkerAnswer, [bytes.buffer]);
}

function answer(message: WorkerAnswer): void {
  parentPort?.postMessage(message);
}

function failureOf(error: unknown): JobFailure {
  if (isFarmError(error)) return { code: error.code, message: error.message, hint: error.hint, details: error.details };
  return { code: 'UNEXPECTED', message: (error as Error)?.stack ?? String(error), hint: undefined, details: {} };
}
