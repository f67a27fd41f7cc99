import { planStack } from '../build/build-stack.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { withWorkshop } from '../farm/open-workshop.ts';
import type { BuildPreview } from './plan-build.ts';
import type { LockMode, SolveStackOptions } from './solve-stack.ts';

/** What is to be looked at. */
export interface PreviewStackRequest {
  readonly farm: string;
  /** Sets or packages; the whole stack when empty. */
  readonly names: readonly string[];
  readonly lock: LockMode;
  readonly move?: SolveStackOptions['move'];
  readonly fresh?: boolean;
  /** Tell what the solution is judged by. */
  readonly explain?: boolean;
}

/** Finds out what a build would do, without changing or waiting for anything.
 * @throws whatever solving and evaluating throw */
export async function previewStack(request: PreviewStackRequest, context: AppContext): Promise<BuildPreview> {
  const farm = await openFarm(request.farm, context);
  return await withWorkshop(farm, context, async (workshop) => {
    const { preview } = await planStack({ ...request, force: [], dryRun: true }, { farm, workshop, context });
    return preview;
  });
}
