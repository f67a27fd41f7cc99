import { planView } from '../../area/plan-view.ts';
import type { Binhost } from '../../binhost/binhost.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { packedNameOf, type Release, type ReleasePackage } from '../../model/release.ts';
import { verifyEnvelope } from '../../package/sign/envelope.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import { parsePackageStatement } from '../../package/sign/package-statement.ts';
import { readPackageManifest, verifyPackage } from '../../package/verify-package.ts';
import { storeNameWith } from './patched-names.ts';

/** Something about a release that is not as it should be. */
export interface ReleaseFault {
  readonly platform: string;
  /** A store name, or a path of the view. */
  readonly subject: string;
  readonly says: string;
}

/** What a verification found out. */
export interface ReleaseVerdict {
  readonly packages: number;
  readonly bytes: number;
  readonly relocatableClosures: number;
  readonly faults: readonly ReleaseFault[];
}

/** Checks that a release is what it says: every package is there, signed by a trusted key, whole down to each file's digest, tested at another prefix
 * before it was stored (nothing else is ever signed), and all of them fit into one view. */
export async function verifyRelease(
  release: Release,
  binhost: Binhost,
  trusted: readonly PublicKey[],
): Promise<ReleaseVerdict> {
  const faults: ReleaseFault[] = [];
  const seen = new Map<string, string | undefined>();
  let bytes = 0;
  for (const [platform, { packages, sets }] of Object.entries(release.platforms)) {
    await mapLimit(Object.entries(packages), 2, async ([storeName, item]) => {
      if (!seen.has(item.digest)) {
        seen.set(item.digest, await findFault(item, { platform, binhost, trusted }));
        bytes += item.size;
      }
      const says = seen.get(item.digest) ?? findWrongName(storeName, item);
      if (says !== undefined) faults.push({ platform, subject: storeName, says });
    });
    if (faults.length === 0)
      faults.push(...(await findConflicts(platform, packages, { asked: Object.values(sets).flat(), binhost })));
  }
  const all = Object.values(release.platforms).flatMap(({ packages }) => Object.values(packages));
  return {
    packages: all.length,
    bytes,
    relocatableClosures: all.filter(({ relocatable }) => relocatable).length,
    faults,
  };
}

/** What lies under a name in a store must be the same wherever it lies. */
function findWrongName(storeName: string, item: ReleasePackage): string | undefined {
  return storeName === storeNameWith(item, storeName.length)
    ? undefined
    : 'does not have the name that follows from what it is';
}

interface Place {
  readonly platform: string;
  readonly binhost: Binhost;
  readonly trusted: readonly PublicKey[];
}

async function findFault(item: ReleasePackage, { platform, binhost, trusted }: Place): Promise<string | undefined> {
  try {
    const stored = await binhost.find(item);
    if (stored === undefined) return 'is not in the binhost';
    const { name, version, buildHash, digest, size, diffId } = item;
    const statement = parsePackageStatement(verifyEnvelope(stored.envelope, trusted));
    const claims = { name, version, platform, buildHash, digest, size, diffId };
    const wrong = Object.entries(claims).find(([claim, value]) => statement[claim as keyof typeof claims] !== value);
    if (wrong !== undefined) return `its ${wrong[0]} is not the one that was signed`;
    const { manifest } = await verifyPackage(binhost.blobPath?.(stored) ?? binhost.openBlob(stored), { digest, size });
    return manifest.storeName === packedNameOf(item) && manifest.buildHash === buildHash
      ? undefined
      : 'its metadata names another package';
  } catch (error) {
    if (isFarmError(error)) return error.message;
    throw error;
  }
}

async function findConflicts(
  platform: string,
  packages: Readonly<Record<string, ReleasePackage>>,
  { asked, binhost }: { readonly asked: readonly string[]; readonly binhost: Binhost },
): Promise<ReleaseFault[]> {
  const view = await mapLimit(Object.entries(packages), 4, async ([storeName, item]) => {
    const stored = (await binhost.find(item))!;
    const { entries } = await readPackageManifest(binhost.blobPath?.(stored) ?? binhost.openBlob(stored));
    return { storeName, name: item.name as string, asked: asked.includes(storeName), entries };
  });
  return planView(view).conflicts.map(({ path, winner, losers }) => ({
    platform,
    subject: path,
    says: `is in ${[winner, ...losers].join(' and ')}`,
  }));
}
