import { copyPackages } from '../../src/binhost/copy-packages.ts';
import { openBinhost } from '../../src/binhost/open-binhost.ts';

/** A process that copies everything from one binhost to another, to be killed by a test: `node copy-process.ts FROM TO`. */
const [from, to] = process.argv
  .slice(2)
  .map((location) =>
    openBinhost(location, { farm: 'nova', environment: {}, uploads: { monolithic: 100_000, chunk: 65_536 } }),
  ) as [ReturnType<typeof openBinhost>, ReturnType<typeof openBinhost>];
process.stdout.write('copying\n');
const { copied, failed } = await copyPackages(from, to, await from.listReferences());
process.stdout.write(`copied ${copied.length} failed ${failed.length}\n`);
