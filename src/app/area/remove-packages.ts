import { createGeneration, readActiveGeneration, readGeneration, switchGeneration } from '../../area/generation.ts';
import { readInstalledEntries } from '../../area/installed-manifest.ts';
import { FarmError } from '../../core/farm-error.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { changeArea, type OpenArea } from './with-area.ts';

/** What is to go out of use. */
export interface RemoveRequest {
  readonly prefix: string;
  /** Packages' names. */
  readonly names: readonly string[];
  /** Also what needs them. */
  readonly force: boolean;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** What went out of use; the store keeps it until `gc`, so that a rollback is possible. */
export interface RemoveResult {
  readonly area: string;
  /** Store names. */
  readonly removed: readonly string[];
  readonly kept: readonly string[];
  readonly generation?: number;
}

/** Takes packages out of use, with what only they needed; the generation before stays as it was.
 * @throws PACKAGE_IN_USE with the list of users unless forced, PACKAGE_NOT_FOUND */
export async function removePackages(request: RemoveRequest, context: AppContext): Promise<RemoveResult> {
  return await changeArea({ ...request, command: 'binfarm remove' }, context, async (area) => {
    const { layout, index } = area;
    const number = await readActiveGeneration(layout);
    if (number === undefined)
      throw new FarmError('AREA_INVALID', `Cannot remove from "${layout.root}": nothing is in use there`);
    const active = await readGeneration(layout, number);
    const goes = selectInstalled(request.names, active.packages, area);
    const users = active.packages.filter(
      (item) => !goes.includes(item) && index.packages[item]?.needs.some((need) => goes.includes(need)),
    );
    if (users.length > 0 && !request.force) throw inUse(goes, users);
    const asked = active.asked.filter((item) => !goes.includes(item) && !users.includes(item));
    const kept = [...new Set(asked.flatMap((item) => [item, ...(index.packages[item]?.needs ?? [])]))].sort();
    const result = { area: layout.root, removed: active.packages.filter((item) => !kept.includes(item)), kept };
    if (request.dryRun) return result;
    const packages = await mapLimit(kept, 8, async (storeName) => {
      const { name, entries } = await readInstalledEntries(layout, storeName);
      return { storeName, name, asked: asked.includes(storeName), entries };
    });
    const { generation } = await createGeneration(layout, { farm: active.farm, platform: active.platform, packages });
    await switchGeneration(layout, generation.number);
    context.emit({
      type: 'area.switched',
      area: layout.root,
      generation: generation.number,
      packages: packages.length,
    });
    return { ...result, generation: generation.number };
  });
}

function selectInstalled(names: readonly string[], packages: readonly string[], { layout, index }: OpenArea): string[] {
  return names.flatMap((name) => {
    const found = packages.filter((item) => item === name || index.packages[item]?.name === name);
    if (found.length > 0) return found;
    const near = nearestName(
      name,
      packages.flatMap((item) => index.packages[item]?.name ?? []),
    );
    throw new FarmError('PACKAGE_NOT_FOUND', `Cannot remove "${name}": it is not in use in "${layout.root}"`, {
      hint: near === undefined ? `binfarm list ${layout.root}` : `Did you mean "${near}"?`,
    });
  });
}

function inUse(goes: readonly string[], users: readonly string[]): FarmError {
  return new FarmError(
    'PACKAGE_IN_USE',
    `Cannot remove ${goes.join(', ')}: ${users.join(', ')} need${users.length === 1 ? 's' : ''} it`,
    {
      hint: 'Remove those as well, or type --force to take them out with it',
      details: { users },
    },
  );
}
