import { FarmError } from '../../core/farm-error.ts';
import { type ByteText, readableText } from '../format/byte-text.ts';

/** A folder of a tree that is to be published, as far as the division into catalogs depends on it. */
export interface PlanFolder {
  readonly name: ByteText;
  /** Directly in it, folders too. */
  readonly entries: number;
  readonly folders: readonly PlanFolder[];
  /** Set where the caller knows that it is to have a catalog of its own. */
  readonly reason?: CatalogReason;
}

/** Why a folder has a catalog of its own. */
export type CatalogReason = 'package' | 'release' | 'version' | 'size' | 'asked' | 'root';

/** Which folders get catalogs of their own. */
export type CatalogPlan = ReadonlyMap<PlanFolder, CatalogReason>;

/** When a catalog is divided; all in entries. */
export interface CatalogSizes {
  /** A folder with so much in and below it gets a catalog. */
  readonly usual: number;
  /** The same inside a package or a version of something, which is used as a whole. */
  readonly inside: number;
  /** What a version of something has at least, to be worth a catalog. */
  readonly least: number;
  /** What no catalog may have: clients have to load it as a whole. */
  readonly most: number;
}

/** Sizes within what the stock server's manual advises: 1,000 to 200,000 entries a catalog. */
export const usualSizes: CatalogSizes = { usual: 2000, inside: 20_000, least: 100, most: 200_000 };

const versionForm = /(?:^|[-_.A-Za-z])v?\d+(?:\.\d+)+(?:[-+_.~][\w.+~-]*)?$/;

/** Divides a tree into catalogs, from its leaves up: the same tree is always divided in the same way, and a change of one folder changes only the catalogs above it.
 * @throws CVMFS_CONTENT_REFUSED when a single folder has more entries than a catalog may have */
export function planCatalogs(root: PlanFolder, sizes: CatalogSizes = usualSizes): CatalogPlan {
  const plan = new Map<PlanFolder, CatalogReason>();
  const weights = new Map<PlanFolder, number>();
  const visit = (folder: PlanFolder, isInside: boolean): number => {
    const isVersion = folder.reason !== undefined || versionForm.test(folder.name);
    const limit = isInside || isVersion ? sizes.inside : sizes.usual;
    let weight = 1 + folder.entries;
    for (const child of folder.folders) weight += visit(child, isInside || isVersion) - 1;
    weight = relieve(folder, weight, limit);
    const reason = folder.reason ?? reasonFor(weight, { isVersion: isVersion && !isInside, limit });
    if (weight > sizes.most) throw tooLarge(folder, sizes.most);
    if (reason === undefined) {
      weights.set(folder, weight);
      return weight;
    }
    plan.set(folder, reason);
    return 1;
  };
  /** A folder of very many small ones: the largest of them get catalogs. */
  const relieve = (folder: PlanFolder, before: number, limit: number): number => {
    if (before <= 4 * limit) return before;
    let weight = before;
    const candidates = folder.folders.filter((child) => (weights.get(child) ?? 0) >= sizes.least);
    for (const child of candidates.toSorted((a, b) => weights.get(b)! - weights.get(a)!)) {
      if (weight <= limit) break;
      plan.set(child, 'size');
      weight -= weights.get(child)! - 1;
    }
    return weight;
  };
  const reasonFor = (weight: number, { isVersion, limit }: { readonly isVersion: boolean; readonly limit: number }) => {
    if (isVersion && weight >= sizes.least) return 'version';
    return weight >= limit ? 'size' : undefined;
  };
  visit(root, false);
  return plan;
}

function tooLarge(folder: PlanFolder, most: number): FarmError {
  return new FarmError(
    'CVMFS_CONTENT_REFUSED',
    `Cannot publish the folder "${readableText(folder.name)}": it has ${folder.entries} entries, and a catalog may have ${most}`,
    { hint: 'Divide it into folders; a catalog cannot have less than a whole folder' },
  );
}
