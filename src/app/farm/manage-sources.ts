import { addSource } from '../../build/sources/add-source.ts';
import { openSourceCache } from '../../build/sources/source-cache.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { evaluateStack } from '../stack/evaluate-stack.ts';
import { isBuildable } from '../stack/farm-node.ts';
import { selectNodes, withNeeds } from '../stack/select-nodes.ts';
import { solveStack } from '../stack/solve-stack.ts';
import { startFetching } from './fetch-node-sources.ts';
import { type AppContext, openFarm } from './open-farm.ts';
import { withWorkshop } from './open-workshop.ts';

/** The sources of a stack that are in the cache now. */
export interface FetchedStackSources {
  readonly sources: readonly {
    readonly package: string;
    readonly file: string;
    readonly digest: string;
    readonly bytes: number;
  }[];
  readonly bytes: number;
}

/** Fetches every source that building the named sets or packages would need, so that it works without a network afterwards.
 * @throws DOWNLOAD_FAILED, SOURCE_MISMATCH, DISK_FULL */
export async function fetchStackSources(
  request: { readonly farm: string; readonly names: readonly string[] },
  context: AppContext,
): Promise<FetchedStackSources> {
  const farm = await openFarm(request.farm, context);
  return await withWorkshop(farm, context, async ({ bases, binhost }) => {
    const stack = await evaluateStack(farm, await solveStack(farm, bases, { mode: 'update', binhost }));
    const nodes = withNeeds(stack, selectNodes(stack, request.names)).filter(isBuildable);
    const sourcesOf = await startFetching(nodes, { farm, context });
    const found = await mapLimit(nodes, nodes.length, async (node) =>
      (await sourcesOf(node)).map(({ file, digest, bytes }) => ({ package: node.locked.name, file, digest, bytes })),
    );
    const sources = [...new Map(found.flat().map((source) => [source.digest, source])).values()];
    return { sources, bytes: sources.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
}

/** Puts a file that was had in another way into the cache, where every farm of the user finds it by its content.
 * @param cache the cache folder of the settings
 * @throws PERMISSION_DENIED, DISK_FULL */
export async function addSourceFile(request: {
  readonly file: string;
  readonly cache: string;
}): Promise<{ readonly digest: string; readonly size: number; readonly path: string }> {
  return await addSource(await openSourceCache({ directory: `${request.cache}/sources` }), request.file);
}
