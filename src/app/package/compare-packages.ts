import type { Binhost, StoredPackage } from '../../binhost/binhost.ts';
import { FarmError } from '../../core/farm-error.ts';
import { isThere } from '../../core/is-there.ts';
import { nearestName } from '../../model/did-you-mean.ts';
import { storeNameOf } from '../../model/store-root.ts';
import { diffPackages, type PackageComparison } from '../../package/diff-packages.ts';
import { type AppContext, openFarm } from '../farm/open-farm.ts';
import { withWorkshop } from '../farm/open-workshop.ts';

/** How two packages differ, and which files they are. */
export interface ComparedPackages extends PackageComparison {
  readonly from: string;
  readonly to: string;
}

/** Compares two packages file by file. Each is told by the path of its blob, or by its name in a store (or its name, or name and version) when it is in the binhost.
 * @throws PACKAGE_NOT_FOUND, PACKAGE_DAMAGED; ARGUMENT_INVALID when a name stands for several packages */
export async function comparePackages(
  request: { readonly farm: () => string; readonly from: string; readonly to: string },
  context: AppContext,
): Promise<ComparedPackages> {
  const [from, to] = [await locate(request.from, request, context), await locate(request.to, request, context)];
  return { from, to, ...(await diffPackages(from, to)) };
}

/** A path needs no farm. */
async function locate(text: string, request: { readonly farm: () => string }, context: AppContext): Promise<string> {
  if (text.includes('/') || (await isThere(text))) return text;
  const farm = await openFarm(request.farm(), context);
  return await withWorkshop(farm, context, ({ binhost }) => locateStored(text, binhost));
}

async function locateStored(text: string, binhost: Binhost): Promise<string> {
  const all = (await binhost.list()).map((stored) => ({ stored, storeName: nameInStore(stored) }));
  const found = all.filter(({ storeName }) => storeName === text || storeName.startsWith(`${text}-`));
  const exact = found.find(({ storeName }) => storeName === text) ?? found[0];
  if (exact === undefined) {
    const near = nearestName(
      text,
      all.map(({ storeName }) => storeName),
    );
    throw new FarmError('PACKAGE_NOT_FOUND', `Cannot compare "${text}": "${binhost.location}" has no such package`, {
      hint: near === undefined ? 'Write the path of a package, or its name in a store' : `Did you mean "${near}"?`,
    });
  }
  if (found.length > 1 && exact.storeName !== text) {
    throw new FarmError('ARGUMENT_INVALID', `Cannot compare "${text}": it stands for ${found.length} packages`, {
      hint: `Write more of the name: ${found
        .slice(0, 4)
        .map(({ storeName }) => storeName)
        .join(', ')}`,
    });
  }
  const path = binhost.blobPath?.(exact.stored);
  if (path !== undefined) return path;
  throw new FarmError(
    'BINHOST_UNSUPPORTED',
    `Cannot compare "${text}": "${binhost.location}" is no folder of this machine`,
  );
}

function nameInStore({ name, version, buildHash }: StoredPackage): string {
  return storeNameOf(name, version, buildHash);
}
