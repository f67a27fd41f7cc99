import type { Binhost } from '../../binhost/binhost.ts';
import { openBinhost } from '../../binhost/open-binhost.ts';
import type { BinhostGroup } from '../../binhost/open-binhosts.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import { readTrustedKeys } from '../farm/farm-keys.ts';
import { type AppContext, type Farm, openFarm } from '../farm/open-farm.ts';
import { type Workshop, withWorkshop } from '../farm/open-workshop.ts';
import { openReleaseShelf, type ReleaseShelf } from './release-shelf.ts';

/** What commands on a farm's releases work with. */
export interface ReleaseSetting {
  readonly farm: Farm;
  readonly workshop: Workshop;
  /** All binhosts of the farm, the one that it writes first. */
  readonly binhost: BinhostGroup;
  /** The one that releases are put into, and that those who install them read. */
  readonly own: Binhost;
  readonly trusted: readonly PublicKey[];
  readonly shelf: ReleaseShelf;
}

/** Opens a farm with its releases. */
export async function withReleases<Result>(
  folder: string,
  context: AppContext,
  work: (setting: ReleaseSetting) => Promise<Result>,
): Promise<Result> {
  const farm = await openFarm(folder, context);
  return await withWorkshop(farm, context, async (workshop) => {
    const trusted = await readTrustedKeys(farm);
    const { binhost } = workshop;
    const { emit, signal, settingSources } = context;
    const options = { farm: farm.stack.farm, emit, signal, environment: settingSources.environment };
    const own = openBinhost(farm.paths.binhost, options);
    return await work({ farm, workshop, binhost, own, trusted, shelf: openReleaseShelf(binhost, trusted) });
  });
}
