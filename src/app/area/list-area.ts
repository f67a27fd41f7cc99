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
    /** Installed with --insecure: nobody whom the area believes has vouched for it. */
    readonly insecure?: true;
  }[];
  readonly generations: readonly number[];
}

/** Lists what is in an area; needs no farm.
 * @throws AREA_INVALID when the folder is none */
export async function listArea(request: { readonly prefix: string }): Promise<AreaListing> {
  const { layout, index, active, generations } = await readState(request.prefix);
  const packages = Object.entries(index.packages).map(([storeName, { name, version, platform, insecure }]) => ({
    storeName,
    name,
    version,
    platform,
    active: active?.packages.includes(storeName) ?? false,
    asked: active?.asked.includes(storeName) ?? false,
    ...(insecure === true ? { insecure } : {}),
  }));
  packages.sort((a, b) => (a.storeName < b.storeName ? -1 : 1));
  return {
    area: layout.root,
    farm: index.farm,
    ...(active === undefined ? {} : { active }),
    packages,
    generations,
  };
}

/** More than any number of switches that happen while one reads. */
const mostTries = 20;

/** Reads all that a listing is made of at one moment: what was read while another process changed the area is read again. */
async function readState(prefix: string) {
  for (let tries = 1; ; tries += 1) {
    const area = await openExistingArea(prefix);
    const number = await readActiveGeneration(area.layout);
    try {
      const active = number === undefined ? undefined : await readGeneration(area.layout, number);
      const generations = await listGenerationNumbers(area.layout);
      const isOne = active?.packages.every((item) => area.index.packages[item] !== undefined) ?? true;
      if (isOne || tries === mostTries) return { ...area, active, generations };
    } catch (error) {
      if (number === (await readActiveGeneration(area.layout)) || tries === mostTries) throw error;
    }
  }
}
