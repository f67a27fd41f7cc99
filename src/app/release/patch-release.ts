import { join } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { removeFolder } from '../../core/remove-folder.ts';
import type { Release, ReleaseName } from '../../model/release.ts';
import { readFarmKey } from '../farm/farm-keys.ts';
import { type AppContext, takeFarm } from '../farm/open-farm.ts';
import { type EvaluatedStack, evaluateStack } from '../stack/evaluate-stack.ts';
import { solveStack } from '../stack/solve-stack.ts';
import { compareReleases } from './compare-releases.ts';
import { releaseRejected } from './create-release.ts';
import { gatherPackages } from './gather-packages.ts';
import type { PatchFault } from './patch/check-dependant.ts';
import { checkPatch, type PatchReport, type PlatformPatch, refusalsOf } from './patch/check-patch.ts';
import { findReplacements } from './patch/find-replacements.ts';
import { substitutePackages } from './patch/substitute-packages.ts';
import { type PatchTests, testPatch } from './patch/test-patch.ts';
import { parseReleaseName, type SignedRelease } from './release-shelf.ts';
import { type ReleaseVerdict, verifyRelease } from './verify-release.ts';
import { type ReleaseSetting, withReleases } from './with-releases.ts';

/** Which packages of which release are to be replaced. */
export interface PatchReleaseRequest {
  readonly farm: string;
  /** The release to start from, or a channel that leads to it. */
  readonly release: string;
  /** Names of packages, whose new builds the stack has. */
  readonly packages: readonly string[];
  /** The new release. */
  readonly name: string;
  /** For people, in front of what changed. */
  readonly notes: string;
  /** Also when dependants hold code of the old package that was compiled into them. */
  readonly acceptStatic: boolean;
  /** Whether the tests of dependants are run beside the new package. */
  readonly test: boolean;
  /** ISO 8601. */
  readonly created: string;
  readonly wait: boolean;
  readonly dryRun: boolean;
}

/** A patched release that was made, or would be. */
export interface PatchReleaseResult {
  readonly release: Release;
  readonly report: PatchReport;
  readonly verdict: ReleaseVerdict;
  /** Absent in a dry run, and where no tests were asked for. */
  readonly tests?: PatchTests;
  /** Of its document; absent in a dry run. */
  readonly digest?: string;
}

/** Makes a release of another one in which some packages are replaced by their new builds, while everything that needs them stays the blob it is: compares what the new ones offer with what is used of
 * the old ones, runs the tests of what uses them, verifies and signs. It is announced by moving a channel to it, which this does not do.
 * @throws PATCH_REFUSED with the list of what would break; RELEASE_REJECTED, RELEASE_NOT_FOUND, DOCUMENT_EXISTS, LOCK_STALE, PACKAGE_NOT_FOUND, NAME_INVALID */
export async function patchRelease(request: PatchReleaseRequest, context: AppContext): Promise<PatchReleaseResult> {
  const name = parseReleaseName(request.name);
  return await withReleases(request.farm, context, async (setting) => {
    const held = await takeFarm(setting.farm, 'binfarm release patch', { ...context, wait: request.wait });
    const folder = join(setting.farm.paths.work, 'patch');
    try {
      await removeFolder(folder);
      return await patch(request, { ...setting, context, folder, name });
    } finally {
      await removeFolder(folder);
      await held.close();
    }
  });
}

type Patching = ReleaseSetting & {
  readonly context: AppContext;
  readonly folder: string;
  readonly name: ReleaseName;
};

async function patch(request: PatchReleaseRequest, patching: Patching): Promise<PatchReleaseResult> {
  const { farm, workshop, binhost, own, trusted, shelf, name, context } = patching;
  const before = await readBefore(request, patching);
  const stack = await evaluateStack(farm, await solveStack(farm, workshop.bases, { mode: 'locked' }));
  const patches = await planPatches(before.release, request.packages, { stack, ...patching });
  const report = await checkPatch(patches, patching);
  const refused = refusalsOf(report, request.acceptStatic);
  if (refused.length > 0) throw patchRefused(before.release.name, refused);
  const release = composePatched(before, patches, { ...request, name });
  if (!request.dryRun) await gatherPackages(release, patching, context);
  const verdict = await verifyRelease(release, request.dryRun ? binhost : own, trusted);
  if (verdict.faults.length > 0) throw releaseRejected(name, verdict);
  if (request.dryRun) return { release, report, verdict };
  const tests = request.test ? { tests: await testPatch(patches, { ...patching, stack }) } : {};
  return { release, report, verdict, ...tests, digest: await shelf.putRelease(release, await readFarmKey(farm)) };
}

/** The release to start from; whether the new one can have its name is known before anything takes long. */
async function readBefore({ release }: PatchReleaseRequest, { shelf, name }: Patching): Promise<SignedRelease> {
  const channel = await shelf.readChannel(release);
  const before = await shelf.readRelease(channel?.channel.release ?? release);
  if (!(await shelf.listReleases()).includes(name)) return before;
  throw new FarmError('DOCUMENT_EXISTS', `Cannot make release "${name}": there is one of that name already`, {
    hint: 'A release never changes; choose another name',
  });
}

async function planPatches(
  release: Release,
  names: readonly string[],
  { stack, workshop, farm }: Pick<Patching, 'workshop' | 'farm'> & { readonly stack: EvaluatedStack },
): Promise<readonly PlatformPatch[]> {
  const found = await findReplacements(release, [...new Set(names)], { stack, finder: workshop.finder });
  return [...found].map(([name, { replacements, extra }]) => {
    const before = release.platforms[name]!;
    const substitution = substitutePackages(before, replacements, extra);
    const rootLength = Math.min(before.rootLength, farm.root.length);
    return {
      name,
      before,
      replacements,
      substitution: { ...substitution, platform: { ...substitution.platform, rootLength } },
    };
  });
}

function composePatched(
  { release: before, digest }: SignedRelease,
  patches: readonly PlatformPatch[],
  { name, created, notes }: Pick<Release, 'name' | 'created' | 'notes'>,
): Release {
  const patched = patches.map((one) => [one.name, one.substitution.platform] as const);
  const platforms = { ...before.platforms, ...Object.fromEntries(patched) };
  const { added, removed, updated } = compareReleases(before, { platforms });
  return {
    ...before,
    name,
    created,
    notes,
    patchOf: { name: before.name, digest, replaced: patches.flatMap(describeReplaced) },
    changes: { against: before.name, added: [...added], removed: [...removed], updated: [...updated] },
    platforms,
  };
}

function describeReplaced({ name: platform, replacements, substitution }: PlatformPatch) {
  const now = Object.entries(substitution.platform.packages);
  return replacements.flatMap(({ old, item }) => {
    const after = now.find(([, { buildHash }]) => buildHash === item.buildHash)?.[0];
    return old.map((before) => ({
      platform,
      name: item.name as string,
      before,
      ...(after === undefined ? {} : { after }),
    }));
  });
}

const mostShown = 20;

/** The error of a patch that would break something: all of it in the details, the first of it for people. */
function patchRefused(release: string, faults: readonly PatchFault[]): FarmError {
  const lines = faults.map(({ platform, dependant, file, says }) => {
    const place = file === undefined ? dependant : `${dependant}: ${file}`;
    return `${place} ${says}  (${platform})`;
  });
  const more = faults.length > mostShown ? [`and ${faults.length - mostShown} more; --json tells all`] : [];
  const isOnlyStatic = faults.every(({ what }) => what === 'static');
  return new FarmError(
    'PATCH_REFUSED',
    `Cannot patch release "${release}": ${formatCount(faults.length, 'thing')} would ${isOnlyStatic ? 'stay as they are' : 'break'}`,
    {
      hint: isOnlyStatic
        ? 'binfarm build rebuilds them; --accept-static leaves the old code in them'
        : 'binfarm build rebuilds what uses it; binfarm release create then makes a release of all',
      details: { faults, output: [...lines.slice(0, mostShown), ...more] },
    },
  );
}
