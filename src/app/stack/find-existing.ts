import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { PackageReference } from '../../binhost/binhost.ts';
import type { BinhostGroup } from '../../binhost/open-binhosts.ts';
import { digestOf } from '../../core/digest.ts';
import { hexOf } from '../../core/digest-text.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import type { VariantValue } from '../../model/lock.ts';
import type { PackageName } from '../../model/names.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import { readPackageManifest } from '../../package/verify-package.ts';
import type { ExistingPackage } from '../../solve/solve-types.ts';
import { verifyStored } from '../build/find-package.ts';
import { readTrustedKeys } from '../farm/farm-keys.ts';
import type { Farm } from '../farm/open-farm.ts';

/** A package that a binhost has, as its manifest describes it. Only a hint: whether a plan would make it is for its build hash to say. */
interface KnownPackage {
  readonly name: string;
  readonly version: string;
  readonly platform: string;
  readonly variants: Readonly<Record<string, VariantValue>>;
  readonly needs: readonly { readonly name: string; readonly buildHash: string }[];
}

const knownSchema = v.record(
  v.string(),
  v.strictObject({
    name: v.string(),
    version: v.string(),
    platform: v.string(),
    variants: v.record(v.string(), v.union([v.boolean(), v.string(), v.array(v.string())])),
    needs: v.array(v.strictObject({ name: v.string(), buildHash: v.string() })),
  }),
);

const mostPackages = 5000;
const atOnce = 8;

/** Lists the packages that the binhosts have and that trusted keys have signed, by platform. What has been read once is remembered in the
 * user's cache. A binhost that does not tell what it has counts as empty.
 * @param isWanted whether packages of a name can be of use */
export async function findExisting(
  farm: Farm,
  binhost: BinhostGroup,
  isWanted: (name: PackageName) => boolean,
): Promise<ReadonlyMap<string, readonly ExistingPackage[]>> {
  const listed = await listReferences(binhost);
  const references = listed.filter(({ name }) => isWanted(name as PackageName)).slice(0, mostPackages);
  const path = join(farm.settings.cache, 'existing', `${hexOf(digestOf(binhost.location)).slice(0, 20)}.json`);
  const known = await readKnown(path);
  const unknown = references.filter(({ buildHash }) => known[buildHash] === undefined);
  if (unknown.length > 0) {
    const trusted = await readTrustedKeys(farm);
    await mapLimit(unknown, atOnce, async (reference) => {
      const found = await readPackage(reference, binhost, trusted);
      if (found !== undefined) known[reference.buildHash] = found;
    });
    const kept = Object.fromEntries(
      listed.flatMap(({ buildHash }) => (known[buildHash] === undefined ? [] : [[buildHash, known[buildHash]]])),
    );
    await makeFolder(dirname(path));
    await writeFileAtomic(path, JSON.stringify(kept));
  }
  const existing = references.flatMap(({ buildHash }) => {
    const one = known[buildHash];
    return one === undefined ? [] : [{ platform: one.platform, existing: describe(buildHash, one) }];
  });
  const platforms = Map.groupBy(existing, ({ platform }) => platform);
  return new Map([...platforms].map(([platform, list]) => [platform, list.map((one) => one.existing)]));
}

async function listReferences(binhost: BinhostGroup): Promise<readonly PackageReference[]> {
  try {
    return await binhost.listReferences();
  } catch (error) {
    if (isFarmError(error)) return [];
    throw error;
  }
}

/** What is known from earlier; nothing where the file is missing or not what this version writes. */
async function readKnown(path: string): Promise<Record<string, KnownPackage>> {
  try {
    const result = v.safeParse(knownSchema, JSON.parse(await readFile(path, 'utf8')));
    return result.success ? result.output : {};
  } catch {
    return {};
  }
}

async function readPackage(
  reference: PackageReference,
  binhost: BinhostGroup,
  trusted: readonly PublicKey[],
): Promise<KnownPackage | undefined> {
  try {
    const stored = await binhost.find(reference);
    if (stored === undefined) return undefined;
    const keys = binhost.keysOf(stored.location);
    verifyStored(stored, keys === undefined ? trusted : trusted.filter(({ id }) => keys.includes(id)));
    const manifest = await readPackageManifest(binhost.blobPath?.(stored) ?? binhost.openBlob(stored));
    const { name, version, platform, variants, dependencies } = manifest;
    const needs = dependencies.map(({ name: need, buildHash }) => ({ name: need, buildHash }));
    return { name, version, platform, variants, needs };
  } catch (error) {
    if (isFarmError(error)) return undefined;
    throw error;
  }
}

function describe(id: string, { name, version, variants, needs }: KnownPackage): ExistingPackage {
  return {
    id,
    name: name as PackageName,
    version,
    variants,
    needs: needs.map((need) => ({ name: need.name as PackageName, id: need.buildHash })),
  };
}
