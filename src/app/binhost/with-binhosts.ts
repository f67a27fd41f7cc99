import { join } from 'node:path';
import type { Binhost, PackageReference, StoredPackage } from '../../binhost/binhost.ts';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { FarmError } from '../../core/farm-error.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import { verifyStored } from '../build/find-package.ts';
import { readTrustedKeys } from '../farm/farm-keys.ts';
import { type AppContext, type Farm, openFarm } from '../farm/open-farm.ts';

/** What commands on binhosts work with. */
export interface BinhostSetting {
  readonly farm: Farm;
  readonly context: AppContext;
  /** The one that the farm builds into. */
  readonly own: Binhost;
  /** Opens another one for the same farm.
   * @throws BINHOST_INVALID */
  readonly open: (location: string) => Binhost;
  readonly trusted: readonly PublicKey[];
  /** Throws when no trusted key has signed a package.
   * @throws KEY_UNKNOWN, SIGNATURE_INVALID */
  readonly accept: (stored: StoredPackage) => void;
  /** Where blobs on their way to another machine are put together. */
  readonly spool: string;
}

/** Opens a farm for work on binhosts. */
export async function openBinhostSetting(folder: string, context: AppContext): Promise<BinhostSetting> {
  const farm = await openFarm(folder, context);
  const trusted = await readTrustedKeys(farm);
  const { emit, signal, settingSources } = context;
  const options = { farm: farm.stack.farm, emit, signal, environment: settingSources.environment };
  const open = (location: string) => openBinhost(location, options);
  return {
    farm,
    context,
    own: open(farm.paths.binhost),
    open,
    trusted,
    accept: (stored) => verifyStored(stored, trusted),
    spool: join(farm.settings.cache, 'incoming'),
  };
}

/** The packages of a binhost, or those of some names.
 * @throws PACKAGE_NOT_FOUND for a name that it has nothing of; BINHOST_UNSUPPORTED when it does not list */
export async function referencesIn(binhost: Binhost, names: readonly string[]): Promise<readonly PackageReference[]> {
  const all = await binhost.listReferences();
  if (names.length === 0) return all;
  const known = new Set(all.map(({ name }) => name));
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  const near = nearestName(unknown, [...known]);
  throw new FarmError(
    'PACKAGE_NOT_FOUND',
    `Cannot find package "${unknown}" in "${binhost.location}": there is none of that name`,
    {
      hint: near === undefined ? `binfarm binhost list ${binhost.location}` : `Did you mean "${near}"?`,
    },
  );
}
