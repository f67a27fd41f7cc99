import { type BinhostGroup, openBinhosts } from '../../binhost/open-binhosts.ts';
import { type MachineBases, openMachineBases } from '../../build/base/machine-base.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { type Ledger, openLedger } from '../../ledger/open-ledger.ts';
import { createPackageFinder, type PackageFinder } from '../build/find-package.ts';
import { type Keyring, publicKeysOf, withSuccessors } from '../keys/keyring.ts';
import { readFarmKeyring } from './farm-keys.ts';
import { type AppContext, type Farm, resolveBinhost } from './open-farm.ts';

/** What a farm works with beside its files: bases, ledger, binhost, and a finder that believes only trusted signatures. */
export interface Workshop {
  readonly bases: MachineBases;
  readonly ledger: Ledger;
  /** The one that packages are built into, and after it those that are only read. */
  readonly binhost: BinhostGroup;
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
    const keyring = await readFarmKeyring(farm);
    const binhost = openFarmBinhosts(farm, keyring, context);
    const finder = createPackageFinder(binhost, publicKeysOf(keyring));
    return await work({ bases, ledger, binhost, finder });
  } finally {
    await ledger.close();
  }
}

/** Opens all binhosts that a stack names.
 * @throws BINHOST_INVALID */
function openFarmBinhosts(
  { paths, stack }: Farm,
  keyring: Keyring,
  { emit, signal, settingSources }: AppContext,
): BinhostGroup {
  const others = stack.binhosts.map(({ location, keys }) => ({
    location: resolveBinhost(paths.folder, location),
    ...(keys === undefined ? {} : { keys: withSuccessors(keyring, keys) }),
    readOnly: true,
  }));
  const { environment } = settingSources;
  return openBinhosts([{ location: paths.binhost }, ...others], { farm: stack.farm, emit, signal, environment });
}
