import type { StoredPackage } from '../../binhost/binhost.ts';
import { FarmError } from '../../core/farm-error.ts';
import { mapLimit } from '../../core/map-limit.ts';
import type { PackageFinder } from '../build/find-package.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { withWorkshop } from '../farm/open-workshop.ts';
import { evaluateStack } from '../stack/evaluate-stack.ts';
import { type BuildableNode, isBuildable, runClosureOf } from '../stack/farm-node.ts';
import { selectNodes } from '../stack/select-nodes.ts';
import { solveStack } from '../stack/solve-stack.ts';
import type { WantedPackage } from './area-contents.ts';
import { type InstallOptions, type InstallResult, installContents } from './install-contents.ts';
import { pickPlatform } from './pick-platform.ts';

/** What is to be installed from a farm's lock, and where. */
export interface InstallRequest extends InstallOptions {
  readonly farm: string;
  /** Sets or packages; everything in the stack when empty. */
  readonly names: readonly string[];
  /** A platform of the stack; the one that fits this machine when absent. */
  readonly platform?: string;
}

/** Installs built packages of a farm, with all that they need to run, and makes them the ones in use.
 * @throws PACKAGE_NOT_FOUND, KEY_UNKNOWN, SIGNATURE_INVALID, PLATFORM_INVALID, and what `installContents` throws */
export async function installPackages(request: InstallRequest, context: AppContext): Promise<InstallResult> {
  const farm = await openFarm(request.farm, context);
  return await withWorkshop(farm, context, async ({ bases, finder }) => {
    const stack = await evaluateStack(farm, await solveStack(farm, bases, { mode: 'frozen' }));
    const platform = pickPlatform(farm, request.platform);
    const asked = selectNodes(stack, request.names).filter(({ platformName }) => platformName === platform);
    const { packages, stored } = await findWanted(asked.filter(isBuildable), finder);
    const contents = { farm: farm.stack.farm, platform, longestRoot: farm.root.length, packages };
    return await installContents(contents, ({ storeName }) => finder.open(stored.get(storeName)!), {
      ...request,
      context,
    });
  });
}

async function findWanted(
  asked: readonly BuildableNode[],
  finder: PackageFinder,
): Promise<{ packages: readonly WantedPackage[]; stored: ReadonlyMap<string, StoredPackage> }> {
  const nodes = new Map([...asked.flatMap(runClosureOf), ...asked].map((node) => [node.built.storeName, node]));
  const found = await mapLimit(nodes.values(), 8, async (node) => ({ node, stored: await finder.find(node) }));
  const missing = found.filter(({ stored }) => stored === undefined).map(({ node }) => node.key);
  if (missing.length > 0) {
    throw new FarmError('PACKAGE_NOT_FOUND', `Cannot install "${missing[0]}": it is in no binhost`, {
      hint: 'binfarm build',
      details: { missing },
    });
  }
  const packages = found.map(({ node, stored }) => wantedOf(node, stored!, asked.includes(node)));
  return { packages, stored: new Map(found.map(({ node, stored }) => [node.built.storeName, stored!])) };
}

function wantedOf(node: BuildableNode, { digest, size, diffId }: StoredPackage, asked: boolean): WantedPackage {
  const { name, version } = node.locked;
  const { buildHash, storeName } = node.built;
  const needs = runClosureOf(node)
    .map(({ built }) => built.storeName)
    .sort();
  return { name, version, platform: node.platformName, buildHash, storeName, digest, size, diffId, needs, asked };
}
