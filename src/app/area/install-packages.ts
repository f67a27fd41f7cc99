import type { StoredPackage } from '../../binhost/binhost.ts';
import type { BinhostGroup } from '../../binhost/open-binhosts.ts';
import { FarmError } from '../../core/farm-error.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { createPackageFinder, type PackageFinder } from '../build/find-package.ts';
import { readTrustedKeys } from '../farm/farm-keys.ts';
import { type AppContext, type Farm, openFarm } from '../farm/open-farm.ts';
import { withWorkshop } from '../farm/open-workshop.ts';
import { bypassOf, tellBypass } from '../keys/tell-bypass.ts';
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
  /** Also what no trusted key has signed; told by an event each time, and remembered in the area. */
  readonly insecure?: boolean;
}

/** Installs built packages of a farm, with all that they need to run, and makes them the ones in use.
 * @throws PACKAGE_NOT_FOUND, KEY_UNKNOWN, SIGNATURE_INVALID, PLATFORM_INVALID, and what `installContents` throws */
export async function installPackages(request: InstallRequest, context: AppContext): Promise<InstallResult> {
  const farm = await openFarm(request.farm, context);
  return await withWorkshop(farm, context, async ({ bases, binhost, ...workshop }) => {
    const untrusted = new Set<string>();
    const finder =
      request.insecure === true ? await openCarelessly(farm, binhost, { untrusted, context }) : workshop.finder;
    const stack = await evaluateStack(farm, await solveStack(farm, bases, { mode: 'frozen' }));
    const platform = pickPlatform(farm, request.platform);
    const asked = selectNodes(stack, request.names).filter(({ platformName }) => platformName === platform);
    const { packages, stored } = await findWanted(asked.filter(isBuildable), finder);
    const marked = packages.map((item) =>
      untrusted.has(item.buildHash) ? { ...item, insecure: true as const } : item,
    );
    const contents = { farm: farm.stack.farm, platform, longestRoot: farm.root.length, packages: marked };
    return await installContents(contents, ({ storeName }) => finder.open(stored.get(storeName)!), {
      ...request,
      context,
    });
  });
}

/** A finder that takes what no trusted key has signed, and says so each time. */
async function openCarelessly(
  farm: Farm,
  binhost: BinhostGroup,
  { untrusted, context }: { readonly untrusted: Set<string>; readonly context: AppContext },
): Promise<PackageFinder> {
  tellBypass(binhost.location, context);
  return createPackageFinder(binhost, await readTrustedKeys(farm), ({ name, buildHash }, error) => {
    if (!untrusted.has(buildHash)) context.emit({ type: 'trust.bypassed', ...bypassOf(`package ${name}`, error) });
    untrusted.add(buildHash);
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
