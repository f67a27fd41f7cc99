import type { BuildHash } from '../../model/names.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { openBinhostSetting } from './with-binhosts.ts';

/** What a binhost has. */
export interface BinhostListing {
  readonly location: string;
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly platform: string;
    readonly buildHash: BuildHash;
    readonly bytes: number;
  }[];
  readonly releases: readonly string[];
  readonly channels: readonly string[];
  readonly bytes: number;
}

/** Lists what a binhost has, as it says itself; nothing is verified.
 * @throws BINHOST_INVALID, BINHOST_UNAVAILABLE, BINHOST_DENIED, BINHOST_UNSUPPORTED */
export async function listBinhost(
  request: { readonly farm: string; readonly location?: string; readonly names: readonly string[] },
  context: AppContext,
): Promise<BinhostListing> {
  const { own, open } = await openBinhostSetting(request.farm, context);
  const binhost = request.location === undefined ? own : open(request.location);
  const stored = (await binhost.list()).filter(
    ({ name }) => request.names.length === 0 || request.names.includes(name),
  );
  return {
    location: binhost.location,
    packages: stored.map(({ name, version, platform, buildHash, size }) => ({
      name,
      version,
      platform,
      buildHash,
      bytes: size,
    })),
    releases: await binhost.listDocuments('release'),
    channels: await binhost.listDocuments('channel'),
    bytes: stored.reduce((sum, { size }) => sum + size, 0),
  };
}
