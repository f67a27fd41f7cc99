import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ImportedPackage } from '../index/imported-package.ts';
import type { ReadBatch, ReadBatchRequest } from './read-worker.ts';
import type { SpackHost } from './spack-modules.ts';
import { openSpackRepository, type SpackRepository } from './spack-repository.ts';

/** What a repository of Spack recipes says. */
export interface ImportedRepository {
  /** The folder that has the recipes. */
  readonly folder: string;
  readonly packages: readonly ImportedPackage[];
  /** Virtual packages that have a recipe file of their own, which declares nothing. */
  readonly virtuals: readonly string[];
}

/** How a repository is read. */
export interface ImportOptions {
  readonly host: SpackHost;
  /** Told from time to time how many packages are read. */
  readonly onProgress?: (read: number, of: number) => void;
  readonly signal?: AbortSignal;
}

const mostThreads = 8;
const batchSize = 100;

/** Reads all recipes of a checkout with several threads, without running any of them.
 * @throws REPOSITORY_INVALID */
export async function importRepository(directory: string, options: ImportOptions): Promise<ImportedRepository> {
  const repository = openSpackRepository(directory);
  const count = Math.min(availableParallelism(), mostThreads, Math.ceil(repository.packages.length / batchSize));
  const workers = Array.from({ length: count }, startWorker);
  try {
    const packages: ImportedPackage[] = [];
    const virtuals: string[] = [];
    const next = batchesOf(repository);
    const serve = async (worker: Worker) => {
      for (const places of next) {
        options.signal?.throwIfAborted();
        const { read, virtual } = await ask(worker, { folder: repository.folder, host: options.host, places });
        packages.push(...read);
        virtuals.push(...virtual);
        options.onProgress?.(packages.length + virtuals.length, repository.packages.length);
      }
    };
    await Promise.all(workers.map(serve));
    packages.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { folder: repository.folder, packages, virtuals: virtuals.sort() };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function* batchesOf({ packages }: SpackRepository) {
  for (let at = 0; at < packages.length; at += batchSize) yield packages.slice(at, at + batchSize);
}

function startWorker(): Worker {
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return new Worker(new URL(`./read-worker${extension}`, import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 400, maxYoungGenerationSizeMb: 32 },
  });
}

async function ask(worker: Worker, request: ReadBatchRequest): Promise<ReadBatch> {
  worker.postMessage(request);
  const [answer] = (await once(worker, 'message')) as [ReadBatch];
  return answer;
}
