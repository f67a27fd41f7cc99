import type { Binhost } from '../../binhost/binhost.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import { readTrustedKeys } from '../farm/farm-keys.ts';
import { type AppContext, type Farm, openFarm } from '../farm/open-farm.ts';
import { type Workshop, withWorkshop } from '../farm/open-workshop.ts';
import { openReleaseShelf, type ReleaseShelf } from './release-shelf.ts';

/** What commands on a farm's releases work with. */
export interface ReleaseSetting {
  readonly farm: Farm;
  readonly workshop: Workshop;
  readonly binhost: Binhost;
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
    return await work({ farm, workshop, binhost, trusted, shelf: openReleaseShelf(binhost, trusted) });
  });
}
