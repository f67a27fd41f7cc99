import { type Generation, listGenerationNumbers, readActiveGeneration, readGeneration } from '../../area/generation.ts';
import { openExistingArea } from './with-area.ts';

/** What an area holds. */
export interface AreaListing {
  readonly area: string;
  readonly farm: string;
  readonly active?: Generation;
  readonly packages: readonly {
    readonly storeName: string;
    readonly name: string;
    readonly version: string;
    readonly platform: string;
    /** In use by the active generation. */
    readonly active: boolean;
    /** Asked for by name, not only needed by another. */
    readonly asked: boolean;
  }[];
  readonly generations: readonly number[];
}

/** Lists what is in an area; needs no farm.
 * @throws AREA_INVALID when the folder is none */
export async function listArea(request: { readonly prefix: string }): Promise<AreaListing> {
  const { layout, index } = await openExistingArea(request.prefix);
  const number = await readActiveGeneration(layout);
  const active = number === undefined ? undefined : await readGeneration(layout, number);
  const packages = Object.entries(index.packages).map(([storeName, { name, version, platform }]) => ({
    storeName,
    name,
    version,
    platform,
    active: active?.packages.includes(storeName) ?? false,
    asked: active?.asked.includes(storeName) ?? false,
  }));
  packages.sort((a, b) => (a.storeName < b.storeName ? -1 : 1));
  return {
    area: layout.root,
    farm: index.farm,
    ...(active === undefined ? {} : { active }),
    packages,
    generations: await listGenerationNumbers(layout),
  };
}
