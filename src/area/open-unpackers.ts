import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { FarmError } from '../core/farm-error.ts';
import { startThread } from '../core/shipped-files.ts';
import { type UnpackRequest, unpackPackage } from '../package/unpack-package.ts';
import type { UnpackAnswer } from './unpack-worker.ts';

/** Threads that unpack packages. */
export interface Unpackers {
  /** How many packages are worth unpacking at a time. */
  readonly count: number;
  /** Unpacks a package and gives the number of its files.
   * @throws what `unpackPackage` throws */
  readonly unpack: (request: UnpackRequest) => Promise<number>;
  readonly close: () => Promise<void>;
}

const mostThreads = 4;

/** Below this many bytes the threads would cost more than they save. */
const worthwhileBytes = 4_000_000;

/** Opens as many threads as are worthwhile for so many bytes of blobs; blobs that are no local files are unpacked in this thread, where they arrive. */
export function openUnpackers(bytes: number): Unpackers {
  const count = Math.min(availableParallelism(), mostThreads);
  const workers = bytes < worthwhileBytes || count < 2 ? [] : Array.from({ length: count }, startWorker);
  const idle = [...workers];
  const here = async (request: UnpackRequest) => (await unpackPackage(request)).entries.length;
  return {
    count,
    unpack: async (request) => {
      const worker = typeof request.blob === 'string' ? idle.pop() : undefined;
      if (worker === undefined) return await here(request);
      try {
        return await askWorker(worker, request);
      } finally {
        idle.push(worker);
      }
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function startWorker(): Worker {
  const worker = startThread('src/area/unpack-worker');
  worker.unref();
  return worker;
}

async function askWorker(worker: Worker, request: UnpackRequest): Promise<number> {
  worker.ref();
  worker.postMessage(request);
  const [answer] = (await once(worker, 'message')) as [UnpackAnswer];
  worker.unref();
  if ('files' in answer) return answer.files;
  const { code, message, hint, details } = answer.error;
  throw new FarmError(code, message, { details, ...(hint === undefined ? {} : { hint }) });
}
