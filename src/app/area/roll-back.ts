import {
  listGenerationNumbers,
  readActiveGeneration,
  readGeneration,
  switchGeneration,
} from '../../area/generation.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { changeArea } from './with-area.ts';

/** Which state of an area is to be in use again. */
export interface RollBackRequest {
  readonly prefix: string;
  /** A generation's number; the one before the active one when absent. */
  readonly generation?: number;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** What a switch changed, or would. */
export interface RollBackResult {
  readonly area: string;
  readonly from: number;
  readonly to: number;
  /** Store names that come into use, and that go out of it; they stay in the store. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Makes an earlier (or any other) generation of an area the active one again; nothing is fetched or unpacked.
 * @throws AREA_INVALID when there is no such generation */
export async function rollBack(request: RollBackRequest, context: AppContext): Promise<RollBackResult> {
  return await changeArea({ ...request, command: 'binfarm rollback' }, context, async ({ layout, index }) => {
    const from = await readActiveGeneration(layout);
    const numbers = await listGenerationNumbers(layout);
    const to = request.generation ?? numbers.filter((number) => number < (from ?? 0)).at(-1);
    if (from === undefined || to === undefined || !numbers.includes(to)) {
      throw new FarmError(
        'AREA_INVALID',
        `Cannot roll back "${layout.root}": it has no ${request.generation === undefined ? 'earlier generation' : `generation ${to}`}`,
        {
          hint: `binfarm list ${layout.root}`,
        },
      );
    }
    const [before, after] = await Promise.all([readGeneration(layout, from), readGeneration(layout, to)]);
    const missing = after.packages.find((item) => index.packages[item] === undefined);
    if (missing !== undefined) {
      throw new FarmError(
        'AREA_INVALID',
        `Cannot roll back "${layout.root}" to generation ${to}: it needs "${missing}", which is not there`,
        {
          hint: 'Install again what that generation had',
        },
      );
    }
    if (!request.dryRun && from !== to) {
      await switchGeneration(layout, to);
      context.emit({ type: 'area.switched', area: layout.root, generation: to, packages: after.packages.length });
    }
    return {
      area: layout.root,
      from,
      to,
      added: after.packages.filter((item) => !before.packages.includes(item)),
      removed: before.packages.filter((item) => !after.packages.includes(item)),
    };
  });
}
