import { parentPort } from 'node:worker_threads';
import type { ImportedPackage } from '../index/imported-package.ts';
import { readSpackPackage } from './read-spack-package.ts';
import type { SpackHost } from './spack-modules.ts';
import { createSpackReader, type SpackReader } from './spack-reader.ts';
import { filesIn, type SpackPackagePlace } from './spack-repository.ts';

/** Some packages for a thread to read. */
export interface ReadBatchRequest {
  readonly folder: string;
  readonly host: SpackHost;
  readonly places: readonly SpackPackagePlace[];
}

/** What a thread has read. */
export interface ReadBatch {
  readonly read: readonly ImportedPackage[];
  readonly virtual: readonly string[];
}

let reader: SpackReader | undefined;

parentPort?.on('message', ({ folder, host, places }: ReadBatchRequest) => {
  reader ??= createSpackReader(filesIn(folder), host);
  const packages = places.map((place) => readSpackPackage(place, reader!));
  const answer: ReadBatch = {
    read: packages.filter(({ virtual }) => !virtual).map(({ imported }) => imported),
    virtual: packages.filter(({ virtual }) => virtual).map(({ imported }) => imported.name),
  };
  parentPort?.postMessage(answer);
});
