import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { StoredPackage } from '../../binhost/binhost.ts';
import { openBinhost } from '../../binhost/open-binhost.ts';
import { withSpooledBlob } from '../../binhost/spool.ts';
import { hexOf } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { makeFolder } from '../../core/make-folder.ts';
import { mapLimit } from '../../core/map-limit.ts';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import type { BlobOrigin, RegistryRepository } from '../../image/oci/image-place.ts';
import { type PackageFacts, readPackageFacts } from '../../image/oci/read-package-facts.ts';
import type { ReleasePackage, ReleasePlatform } from '../../model/release.ts';
import { parseTrustedManifest } from '../../package/manifest/parse-manifest.ts';
import { blamePackage } from '../build/blame-package.ts';
import { resolveBinhost } from '../farm/open-farm.ts';
import type { ImageSetting } from './with-images.ts';

/** A package of an image. */
export interface ImagePackage {
  /** Its folder in the store. */
  readonly storeName: string;
  readonly item: ReleasePackage;
  /** Asked for by a set, not only needed by another. */
  readonly asked: boolean;
  readonly origin: BlobOrigin;
  readonly facts: PackageFacts;
  /** What its farm has signed of it; not verified here: the release pins its digest. */
  readonly envelope: unknown;
}

/** Which packages of a release's platform some sets ask for, with all that those need, by store name; the value says whether it is asked for.
 * @throws RELEASE_INVALID when the release does not have a set */
export function selectPackages(
  { sets, packages }: ReleasePlatform,
  wanted: readonly string[],
  about: { readonly release: string; readonly platform: string },
): ReadonlyMap<string, boolean> {
  const missing = wanted.find((set) => sets[set] === undefined);
  if (missing !== undefined) {
    throw new FarmError(
      'RELEASE_INVALID',
      `Cannot make an image of release "${about.release}" for ${about.platform}: it has no set "${missing}"`,
      { hint: `Its sets are ${Object.keys(sets).join(', ')}` },
    );
  }
  const asked = new Set(wanted.flatMap((set) => sets[set]!));
  const all = new Set([...asked].flatMap((storeName) => [storeName, ...packages[storeName]!.needs]));
  return new Map([...all].toSorted().map((storeName) => [storeName, asked.has(storeName)]));
}

/** Finds packages of a release and reads what an image must know of them, from blobs that have the digests which the release pins.
 * @param places registries that may have the packages, too
 * @throws PACKAGE_NOT_FOUND, PACKAGE_DAMAGED */
export async function gatherImagePackages(
  platform: ReleasePlatform,
  selected: ReadonlyMap<string, boolean>,
  { setting, places }: { readonly setting: ImageSetting; readonly places: readonly string[] },
): Promise<readonly ImagePackage[]> {
  const repositoriesOf = openRepositories(setting, places);
  return await mapLimit(selected, 4, async ([storeName, asked]) => {
    const item = platform.packages[storeName]!;
    return await blamePackage({ name: item.name, location: setting.binhost.location }, async () => {
      const stored = await findPackage(item, setting);
      const origin = { ...originOf(stored, setting), repositories: repositoriesOf(item.name) };
      return {
        storeName,
        item,
        asked,
        origin,
        facts: await readFacts(stored, origin, setting),
        envelope: stored.envelope,
      };
    });
  });
}

async function findPackage(item: ReleasePackage, { binhost }: ImageSetting): Promise<StoredPackage> {
  const stored = await binhost.find(item);
  if (stored?.digest === item.digest && stored.size === item.size) return stored;
  throw new FarmError(
    'PACKAGE_NOT_FOUND',
    `Cannot put package "${item.name}" into an image: it is in no binhost as the release has it`,
    {
      hint: 'binfarm release verify tells what a release lacks',
    },
  );
}

function originOf(stored: StoredPackage, { binhost, cache }: ImageSetting): BlobOrigin {
  const { digest, size, location } = stored;
  const withFile = async <Result>(use: (path: string) => Promise<Result>): Promise<Result> => {
    const path = binhost.blobPath?.(stored);
    if (path !== undefined) return await use(path);
    const open = (from: number) => binhost.openBlob(stored, from);
    const quiet = { onStart: () => {}, onProgress: () => {} };
    const blob = { digest, size, location, open, ...quiet };
    return await withSpooledBlob(join(cache, 'incoming'), blob, { isThere: async () => undefined, use });
  };
  return { digest, size, withFile };
}

/** Where registries may have packages: as the farm's binhosts, and where images go to. */
function openRepositories(
  setting: ImageSetting,
  places: readonly string[],
): (name: string) => readonly RegistryRepository[] {
  const { farm } = setting;
  const others = farm.stack.binhosts.map(({ location }) => resolveBinhost(farm.paths.folder, location));
  const registries = [farm.paths.binhost, ...others, ...places]
    .filter((location) => /^oci(\+https?)?:\/\//.test(location))
    .flatMap((location) => openBinhost(location, { farm: farm.stack.farm }).registry ?? []);
  return (name) => {
    const found = registries.map(({ address, repositoryOf }) => ({ address, repository: repositoryOf(name) }));
    return [...new Map(found.map((item) => [`${item.address} ${item.repository}`, item])).values()];
  };
}

const factsSchema = v.strictObject({
  manifest: v.string(),
  time: v.number(),
  annotations: v.record(v.string(), v.string()),
});

/** Of a blob that is no file of this machine, what was read of it once is kept: it needs all of it, for the digest. */
async function readFacts(
  stored: StoredPackage,
  origin: BlobOrigin,
  { binhost, cache }: ImageSetting,
): Promise<PackageFacts> {
  if (binhost.blobPath?.(stored) !== undefined) return await origin.withFile((path) => readPackageFacts(path, stored));
  const folder = join(cache, 'image-packages');
  const kept = join(folder, `${hexOf(stored.digest)}.json`);
  const known = v.safeParse(factsSchema, parse(await readFile(kept, 'utf8').catch(() => '')));
  if (known.success) {
    const bytes = Buffer.from(known.output.manifest);
    const { time, annotations } = known.output;
    return { manifest: parseTrustedManifest(bytes), manifestSize: bytes.length, time, annotations };
  }
  const facts = await origin.withFile((path) => readPackageFacts(path, stored));
  await makeFolder(folder);
  const { manifest, time, annotations } = facts;
  await writeFileAtomic(kept, JSON.stringify({ manifest: formatCanonicalJson(manifest), time, annotations }));
  return facts;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
