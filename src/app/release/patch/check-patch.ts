import type { Binhost } from '../../../binhost/binhost.ts';
import type { PackageEntry, PackageManifest } from '../../../model/package-manifest.ts';
import type { ReleasePackage, ReleasePlatform } from '../../../model/release.ts';
import { compareLibraries, type LibraryChange } from '../../../package/elf/compare-libraries.ts';
import { indexLibraries } from '../../../package/elf/library-set.ts';
import { readPackageManifest } from '../../../package/verify-package.ts';
import type { AppContext } from '../../farm/open-farm.ts';
import {
  checkDependant,
  type DependantVerdict,
  type OfferedPackage,
  type PackageChange,
  type PatchFault,
} from './check-dependant.ts';
import { openBlobOf, readInterfaces, withReleasePackage } from './open-release-package.ts';
import type { Replacement, Substitution } from './substitute-packages.ts';

/** What one replaced package offers more, less and otherwise. */
export interface ReplacedPackage {
  readonly platform: string;
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** By library; what was removed is used by nothing in the release, or the patch is refused. */
  readonly libraries: readonly LibraryChange[];
  /** Headers that are gone or have another content: dependants hold what they compiled of the old ones. */
  readonly changedHeaders: number;
}

/** What a patch means for a release. */
export interface PatchReport extends DependantVerdict {
  readonly replaced: readonly ReplacedPackage[];
  /** Names of the packages that run with a new one without being built anew. */
  readonly dependants: readonly { readonly platform: string; readonly name: string; readonly storeName: string }[];
}

/** A platform of a release and what is to change on it. */
export interface PlatformPatch {
  readonly name: string;
  readonly before: ReleasePlatform;
  readonly replacements: readonly Replacement[];
  readonly substitution: Substitution;
}

/** What a check works with. */
export interface PatchSetting {
  readonly binhost: Binhost;
  readonly context: AppContext;
  /** A folder for packages that are being looked at. */
  readonly folder: string;
}

/** Finds out, for every dependant of every replaced package, what would break: one package is unpacked at a time, and nothing is run.
 * @throws PACKAGE_NOT_FOUND, PACKAGE_DAMAGED, DISK_FULL */
export async function checkPatch(patches: readonly PlatformPatch[], setting: PatchSetting): Promise<PatchReport> {
  const replaced: ReplacedPackage[] = [];
  const verdicts: DependantVerdict[] = [];
  const packages = patches.reduce((sum, { substitution }) => sum + substitution.dependants.size, 0);
  setting.context.emit({ type: 'release.planned', packages });
  for (const patch of patches) {
    const changes = await readChanges(patch, setting);
    replaced.push(...changes.map(({ change }) => describeChange(patch.name, change)));
    verdicts.push(...(await checkDependants(patch, changes, setting)));
  }
  const all = (list: keyof DependantVerdict) => verdicts.flatMap((verdict) => verdict[list]);
  const dependants = patches.flatMap(({ name: platform, substitution }) =>
    [...substitution.dependants.values()].map((storeName) => ({
      platform,
      name: substitution.platform.packages[storeName]!.name,
      storeName,
    })),
  );
  return { replaced, dependants, broken: all('broken'), compiledIn: all('compiledIn'), doubtful: all('doubtful') };
}

interface OldChange {
  /** In the release before. */
  readonly storeName: string;
  readonly change: PackageChange;
}

async function readChanges({ before, replacements }: PlatformPatch, setting: PatchSetting): Promise<OldChange[]> {
  const changes: OldChange[] = [];
  for (const { old, item } of replacements) {
    const after = await readOffered(item, setting);
    for (const storeName of old) {
      const change = { name: item.name, before: await readOffered(before.packages[storeName]!, setting), after };
      changes.push({ storeName, change });
    }
  }
  return changes;
}

async function readOffered(item: ReleasePackage, setting: PatchSetting): Promise<OfferedPackage> {
  return await withReleasePackage(item, setting, (open) => ({
    manifest: open.manifest,
    libraries: indexLibraries(open.manifest.entries, readInterfaces(open)),
  }));
}

function describeChange(platform: string, { name, before, after }: PackageChange): ReplacedPackage {
  const headers = (manifest: PackageManifest) =>
    new Map(manifest.entries.filter(isHeader).map((entry) => [entry.path, entry.digest]));
  const now = headers(after.manifest);
  return {
    platform,
    name,
    before: before.manifest.version,
    after: after.manifest.version,
    libraries: compareLibraries(before.libraries, after.libraries),
    changedHeaders: [...headers(before.manifest)].filter(([path, digest]) => now.get(path) !== digest).length,
  };
}

function isHeader(entry: PackageEntry): entry is PackageEntry & { type: 'file' } {
  return entry.type === 'file' && entry.path.startsWith('include/');
}

async function checkDependants(
  { name: platform, before, substitution }: PlatformPatch,
  changes: readonly OldChange[],
  setting: PatchSetting,
): Promise<DependantVerdict[]> {
  const { emit, signal } = setting.context;
  const names = [...substitution.dependants.keys()];
  const manifests = new Map<string, PackageManifest>();
  for (const name of names)
    manifests.set(name, await readPackageManifest(await openBlobOf(before.packages[name]!, setting.binhost)));
  const verdicts: DependantVerdict[] = [];
  for (const name of names) {
    signal.throwIfAborted();
    const item = before.packages[name]!;
    emit({ type: 'release.checkStarted', platform, name: item.name });
    const needed = changes.filter(({ storeName }) => item.needs.includes(storeName));
    const found = await withReleasePackage(item, setting, (open) =>
      needed.map(({ storeName, change }) => {
        const packedName = nameInFiles(item, storeName);
        const isLinked = links(name, storeName, { packages: before.packages, manifests });
        return checkDependant(open, change, { platform, packedName, isLinked });
      }),
    );
    const faults = found.reduce((sum, { broken, compiledIn }) => sum + broken.length + compiledIn.length, 0);
    emit({ type: 'release.checked', platform, name: item.name, faults });
    verdicts.push(...found);
  }
  return verdicts;
}

/** The name that a package's files have for one that it needs. */
function nameInFiles({ renames = {} }: ReleasePackage, storeName: string): string {
  return Object.entries(renames).find(([, to]) => to === storeName)?.[0] ?? storeName;
}

/** Whether a package was compiled with another one: directly, or through packages that have no shared libraries of their own.
 * @param from store name in the release
 * @param manifests of the packages in between, by store name */
function links(
  from: string,
  to: string,
  { packages, manifests }: { readonly packages: ReleasePlatform['packages']; readonly manifests: Manifests },
  seen: ReadonlySet<string> = new Set(),
): boolean {
  const dependencies = manifests.get(from)?.dependencies.filter(({ types }) => types.includes('link')) ?? [];
  const linked = dependencies.map(({ storeName }) => packages[from]?.renames?.[storeName] ?? storeName);
  if (linked.includes(to)) return true;
  const between = linked.filter((name) => !seen.has(name) && isTransparent(manifests.get(name)));
  return between.some((name) => links(name, to, { packages, manifests }, new Set([...seen, name])));
}

type Manifests = ReadonlyMap<string, PackageManifest>;

/** What is compiled with it is compiled with what it was compiled with. */
function isTransparent(manifest: PackageManifest | undefined): boolean {
  return manifest?.elf.every(({ soname }) => soname === undefined) ?? false;
}

/** The faults of which a patch is refused: what breaks, and what is compiled in unless that is accepted. */
export function refusalsOf({ broken, compiledIn }: PatchReport, acceptStatic: boolean): readonly PatchFault[] {
  return acceptStatic ? broken : [...broken, ...compiledIn];
}
