import { isFarmError } from '../../core/farm-error.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { verifyPackage } from '../../package/verify-package.ts';
import type { PackageFinder } from '../build/find-package.ts';
import { withBuiltPackages } from '../build/with-built-packages.ts';
import type { AppContext } from '../farm/open-farm.ts';
import type { BuildableNode } from '../stack/farm-node.ts';

/** What reading one package again found out. */
export interface PackageCheck {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  readonly storeName: string;
  /** Of the blob; absent when it could not be read whole. */
  readonly digest?: string;
  /** Of the blob. */
  readonly bytes?: number;
  /** What is wrong; absent when nothing is. */
  readonly problem?: string;
}

/** Reads packages again and computes every digest anew: signature, blob, tar, files, table of contents; with all that they need to run.
 * @throws RECIPE_UNKNOWN for a name that the stack does not have */
export async function verifyPackages(
  request: { readonly farm: string; readonly names: readonly string[] },
  context: AppContext,
): Promise<{ readonly packages: readonly PackageCheck[]; readonly problems: number }> {
  return await withBuiltPackages(request, context, async ({ nodes, finder }) => {
    const packages = await mapLimit(nodes, 2, async (node) => {
      context.signal.throwIfAborted();
      const { name, version } = node.locked;
      const about = { name, version, platform: node.platformName, storeName: node.built.storeName };
      return { ...about, ...(await checkPackage(node, finder)) };
    });
    return { packages, problems: packages.filter(({ problem }) => problem !== undefined).length };
  });
}

async function checkPackage(
  node: BuildableNode,
  finder: PackageFinder,
): Promise<Pick<PackageCheck, 'digest' | 'bytes' | 'problem'>> {
  try {
    const stored = await finder.find(node);
    if (stored === undefined) return { problem: 'it is not in the binhost' };
    const { digest, size } = stored;
    const { manifest } = await verifyPackage(finder.open(stored), { digest, size });
    const isSame = manifest.storeName === node.built.storeName && manifest.buildHash === node.built.buildHash;
    return { digest, bytes: size, ...(isSame ? {} : { problem: 'its metadata names another package' }) };
  } catch (error) {
    if (isFarmError(error)) return { problem: error.message };
    throw error;
  }
}
