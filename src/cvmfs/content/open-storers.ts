import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { FarmError } from '../../core/farm-error.ts';
import { startThread } from '../../core/shipped-files.ts';
import type { ObjectDraft } from '../store/put-objects.ts';
import type { PackedContents, PackedObjects, WorkerAnswer, WorkerMessage } from './content-worker.ts';
import type { ObjectIndex } from './open-object-index.ts';
import { type ContentJob, createJobRunner, type JobResult, type JobSettings } from './run-job.ts';
import type { StoredContent } from './store-content.ts';

/** Threads that read, compress and store contents. */
export interface Storers {
  /** Runs a job as soon as a thread is free.
   * @param bytes how much there is to read, by which it is decided whether threads are worthwhile
   * @throws what the job throws */
  readonly run: (job: ContentJob, bytes: number) => Promise<JobResult>;
  readonly close: () => Promise<void>;
}

const mostThreads = 16;

/** The first so many bytes are read in this thread: starting others would take longer. */
const bytesInThisThread = 6_000_000;

/** Opens threads when there is enough to do for them; packages that are no local files are stored in this thread, where they arrive. */
export function openStorers(
  settings: JobSettings,
  { index, put }: { readonly index: ObjectIndex; readonly put: (drafts: readonly ObjectDraft[]) => Promise<void> },
): Storers {
  let written: Promise<void> = Promise.resolve();
  const write = (drafts: readonly ObjectDraft[]) => {
    written = written.then(() => put(drafts));
    written.catch(() => {}); // told to who waits for it
  };
  const here = createJobRunner(settings, { ...index, close: () => {} }, write);
  const count = Math.min(availableParallelism(), mostThreads);
  const workers: Worker[] = [];
  const idle: Worker[] = [];
  const waiting: ((worker: Worker) => void)[] = [];
  let bytesSoFar = 0;
  const takeWorker = async (): Promise<Worker> => {
    const free = idle.pop();
    if (free !== undefined) return free;
    if (workers.length < count) {
      index.settle(); // so that the thread can look up what is known by now
      const worker = startWorker(settings);
      workers.push(worker);
      return worker;
    }
    return await new Promise((resolve) => waiting.push(resolve));
  };
  const giveBack = (worker: Worker) => {
    const next = waiting.shift();
    if (next === undefined) idle.push(worker);
    else next(worker);
  };
  let last: Promise<unknown> = Promise.resolve();
  const runHere = (job: ContentJob): Promise<JobResult> => {
    const work = last.then(async () => {
      const result = await here(job);
      await written;
      return result;
    });
    last = work.catch(() => {});
    return work;
  };
  return {
    run: async (job, bytes) => {
      bytesSoFar += bytes;
      const isRemote = job.kind === 'package' && typeof job.request.blob !== 'string';
      if (isRemote || count < 2 || bytesSoFar < bytesInThisThread) return await runHere(job);
      const worker = await takeWorker();
      try {
        return await askWorker(worker, job, put);
      } finally {
        giveBack(worker);
      }
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function startWorker(settings: JobSettings): Worker {
  const worker = startThread('src/cvmfs/content/content-worker', { maxYoungGenerationSizeMb: 8 });
  worker.unref();
  worker.postMessage({ settings } satisfies WorkerMessage);
  return worker;
}

async function askWorker(
  worker: Worker,
  job: ContentJob,
  put: (drafts: readonly ObjectDraft[]) => Promise<void>,
): Promise<JobResult> {
  worker.ref();
  worker.postMessage({ job } satisfies WorkerMessage);
  let written: Promise<void> = Promise.resolve();
  const answer = await new Promise<Exclude<WorkerAnswer, { objects: PackedObjects }>>((resolve, reject) => {
    const listen = (message: WorkerAnswer) => {
      if ('objects' in message) {
        written = written.then(() => put(unpackObjects(message.objects)));
        written.catch(() => {}); // told when the job ends
        return;
      }
      worker.off('message', listen);
      worker.off('error', reject);
      resolve(message);
    };
    worker.on('message', listen);
    worker.once('error', reject);
  });
  worker.unref();
  await written;
  if ('result' in answer) return { ...answer.result, files: unpackContents(answer.files) };
  const { code, message, hint, details } = answer.error;
  throw new FarmError(code, message, { details, ...(hint === undefined ? {} : { hint }) });
}

function unpackObjects({ names, lengths, bytes }: PackedObjects): ObjectDraft[] {
  let at = 0;
  return names.map((name, position) => {
    const from = at;
    at += lengths[position]!;
    return { name, bytes: bytes.subarray(from, at) };
  });
}

const digestLength = 32;

function unpackContents({ sizes, lengths, bytes }: PackedContents): StoredContent[] {
  const files: StoredContent[] = [];
  let at = 0;
  sizes.forEach((size, position) => {
    const end = at + digestLength + lengths[position]!;
    files.push({
      size,
      digest: bytes.subarray(at, at + digestLength),
      content: bytes.subarray(at + digestLength, end),
    });
    at = end;
  });
  return files;
}
