import type { Binhost } from '../binhost/binhost.ts';
import { openDirectoryBinhost } from '../binhost/open-directory-binhost.ts';
import { type MachineBases, openMachineBases } from '../build/base/machine-base.ts';
import { makeFolder } from '../core/make-folder.ts';
import { type Ledger, openLedger } from '../ledger/open-ledger.ts';
import { readTrustedKeys } from './farm-keys.ts';
import { createPackageFinder, type PackageFinder } from './find-package.ts';
import type { AppContext, Farm } from './open-farm.ts';

/** What a farm works with beside its files: bases, ledger, binhost, and a finder that believes only trusted signatures. */
export interface Workshop {
  readonly bases: MachineBases;
  readonly ledger: Ledger;
  readonly binhost: Binhost;
  readonly finder: PackageFinder;
}

/** Opens what a farm works with and closes it when `work` has ended. */
export async function withWorkshop<Result>(
  farm: Farm,
  context: AppContext,
  work: (workshop: Workshop) => Promise<Result>,
): Promise<Result> {
  await makeFolder(farm.paths.state);
  const ledger = openLedger(farm.paths.ledger);
  try {
    const bases = await openMachineBases(farm.settings.cache, context.emit);
    const binhost = openDirectoryBinhost(farm.paths.binhost, farm.stack.farm);
    const finder = createPackageFinder(binhost, await readTrustedKeys(farm));
    return await work({ bases, ledger, binhost, finder });
  } finally {
    await ledger.close();
  }
}
