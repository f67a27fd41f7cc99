import { join } from 'node:path';
import { openJobserver } from '../../../build/jobserver.ts';
import { runTests, testFolderOf, testRoot } from '../../../build/run-tests.ts';
import { FarmError, isFarmError } from '../../../core/farm-error.ts';
import { isThere } from '../../../core/is-there.ts';
import { makeFolder } from '../../../core/make-folder.ts';
import type { PackageManifest } from '../../../model/package-manifest.ts';
import type { ReleasePackage } from '../../../model/release.ts';
import { baseRequestOf } from '../../farm/check-bases.ts';
import type { EvaluatedStack } from '../../stack/evaluate-stack.ts';
import { type BuildableNode, isBuildable } from '../../stack/farm-node.ts';
import type { ReleaseSetting } from '../with-releases.ts';
import type { PatchSetting, PlatformPatch } from './check-patch.ts';
import { unpackReleasePackage } from './open-release-package.ts';

/** What the tests of packages that run with a new one came to. */
export interface PatchTests {
  /** Packages whose tests passed. */
  readonly passed: number;
  /** Platforms whose tests cannot run on this machine, with the reason. */
  readonly untested: readonly { readonly platform: string; readonly reason: string }[];
}

/** What tests of a patch are run with. */
export type PatchTesting = PatchSetting &
  Pick<ReleaseSetting, 'farm' | 'workshop'> & { readonly stack: EvaluatedStack };

/** Installs every package that a patch has given another name, with all that it needs, at another prefix, and runs its tests there.
 * @throws PATCH_REFUSED for the first package whose tests fail; DISK_FULL */
export async function testPatch(patches: readonly PlatformPatch[], testing: PatchTesting): Promise<PatchTests> {
  const untested: { platform: string; reason: string }[] = [];
  let passed = 0;
  for (const patch of patches) {
    const reason = findHindrance(patch.name, testing);
    if (reason === undefined) passed += await testPlatform(patch, testing);
    else untested.push({ platform: patch.name, reason });
  }
  return { passed, untested };
}

/** Why this machine cannot run what is built for a platform. */
function findHindrance(platform: string, { workshop, farm, stack }: PatchTesting): string | undefined {
  try {
    workshop.bases.check(baseRequestOf(nodeFor(platform, stack), farm));
    return undefined;
  } catch (error) {
    if (isFarmError(error)) return error.message;
    throw error;
  }
}

/** The stack's node of a package on a platform, or any other of the platform: for what its tests must find in the base. */
function nodeFor(platform: string, { nodes }: EvaluatedStack, name?: string): BuildableNode {
  const own = nodes.filter(isBuildable).filter(({ platformName }) => platformName === platform);
  return own.find(({ locked }) => locked.name === name) ?? own[0]!;
}

async function testPlatform(patch: PlatformPatch, testing: PatchTesting): Promise<number> {
  const { packages } = patch.substitution.platform;
  const store = join(testing.folder, 'store', patch.name);
  const unpack = openStore(packages, store, testing);
  const jobserver = await openJobserver(testing.farm.settings.jobs);
  let passed = 0;
  try {
    for (const storeName of changedNames(patch)) {
      testing.context.signal.throwIfAborted();
      const manifest = await unpack(storeName);
      if (manifest.tests.length === 0) continue;
      for (const need of packages[storeName]!.needs) await unpack(need);
      await testPackage(storeName, { patch, manifest, store, jobserver, testing });
      passed += 1;
    }
  } finally {
    await jobserver.close();
  }
  return passed;
}

/** Packages that are used in another way than they were tested when they were built. */
function changedNames({ before, substitution }: PlatformPatch): string[] {
  const { packages } = substitution.platform;
  return Object.keys(packages).filter(
    (name) => packages[name]!.renames !== undefined && before.packages[name] === undefined,
  );
}

/** Unpacks packages of a release once each, as they will be installed. */
function openStore(packages: Readonly<Record<string, ReleasePackage>>, store: string, { binhost }: PatchTesting) {
  const known = new Map<string, PackageManifest>();
  return async (storeName: string): Promise<PackageManifest> => {
    const found = known.get(storeName);
    if (found !== undefined && (await isThere(join(store, storeName)))) return found;
    const item = packages[storeName]!;
    await makeFolder(store);
    const names = item.renames === undefined ? {} : { names: item.renames };
    const manifest = await unpackReleasePackage(item, binhost, {
      into: join(store, storeName),
      root: testRoot,
      ...names,
    });
    known.set(storeName, manifest);
    return manifest;
  };
}

interface TestedPackage {
  readonly patch: PlatformPatch;
  readonly manifest: PackageManifest;
  readonly store: string;
  readonly jobserver: Awaited<ReturnType<typeof openJobserver>>;
  readonly testing: PatchTesting;
}

async function testPackage(
  storeName: string,
  { patch, manifest, store, jobserver, testing }: TestedPackage,
): Promise<void> {
  const { farm, workshop, stack, context, folder } = testing;
  const { packages } = patch.substitution.platform;
  const key = `${patch.name}/${manifest.name}`;
  const base = await workshop.bases.provide(baseRequestOf(nodeFor(patch.name, stack, manifest.name), farm));
  const visible = (name: string) => ({
    name: packages[name]!.name,
    storeName: name,
    directory: join(store, name),
    direct: true,
  });
  const failure = await runTests(
    {
      key,
      tests: manifest.tests,
      own: visible(storeName),
      visible: packages[storeName]!.needs.map(visible),
      workFolder: testFolderOf(join(folder, storeName)),
      logPath: join(farm.paths.logs, patch.name, `${storeName}.patch.log`),
    },
    { base, jobserver, jobs: farm.settings.jobs, emit: context.emit, signal: context.signal },
  );
  if (failure === undefined) {
    context.emit({ type: 'package.tested', key, tests: manifest.tests.length });
    return;
  }
  throw new FarmError('PATCH_REFUSED', `Cannot patch the release: the tests of "${key}" fail with the new package`, {
    details: { ...failure, output: [`in ${failure.phase}: ${failure.firstError}`, `log: ${failure.log}`] },
  });
}
