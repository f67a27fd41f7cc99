import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CarriedProgram } from '../../binhost/bundle/bundle-header.ts';
import { programKey } from '../../binhost/bundle/bundle-parts.ts';
import { type BundlePart, sizeOfPayload, type WrittenBundle, writeBundle } from '../../binhost/bundle/write-bundle.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { BundleFacts } from '../../model/bundle.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { withReleases } from '../release/with-releases.ts';
import { type BundlePlan, type BundleSelection, planBundle } from './plan-bundle.ts';

/** What is to be put into one file, and where that is. */
export interface CreateBundleRequest extends BundleSelection {
  readonly farm: string;
  /** The file; named after the release, in `folder`, when absent. */
  readonly output?: string;
  readonly folder: string;
  readonly dryRun: boolean;
}

/** The bundle that was made, or would be. */
export interface CreatedBundle {
  readonly path: string;
  readonly release: string;
  readonly since?: string;
  readonly platforms: readonly string[];
  readonly systems: readonly string[];
  readonly packages: number;
  /** Packages that `since` has already. */
  readonly leftOut: number;
  readonly fingerprints: readonly string[];
  /** Of the file; without its header in a dry run. */
  readonly bytes: number;
  /** Of the file; absent in a dry run. */
  readonly digest?: string;
}

/** Writes a release with its packages, and a binfarm to install them, into one file that is run by sh.
 * @throws RELEASE_NOT_FOUND, PLATFORM_INVALID, PROGRAM_NOT_FOUND, PACKAGE_NOT_FOUND, PACKAGE_DAMAGED, RELEASE_REJECTED, KEY_UNKNOWN, SIGNATURE_INVALID, DISK_FULL, PERMISSION_DENIED */
export async function createBundle(request: CreateBundleRequest, context: AppContext): Promise<CreatedBundle> {
  return await withReleases(request.farm, context, async (setting) => {
    const plan = await planBundle(request, setting);
    const { facts, parts } = plan;
    const path = resolve(request.folder, request.output ?? nameOf(facts, request.platforms));
    const about = {
      path,
      release: facts.release.name,
      ...(facts.since === undefined ? {} : { since: facts.since.name }),
      platforms: facts.platforms,
      systems: facts.systems,
      packages: plan.packages.length,
      leftOut: plan.leftOut,
      fingerprints: facts.keys.map(({ fingerprint }) => fingerprint),
    };
    if (request.dryRun) return { ...about, bytes: sizeOfPayload(parts) };
    if (await isFolder(path)) throw new FarmError('PATH_EXISTS', `Cannot write the bundle "${path}": it is a folder`);
    const { digest, size } = await write(path, plan, context);
    return { ...about, bytes: size, digest };
  });
}

async function write(path: string, plan: BundlePlan, { emit, signal }: AppContext): Promise<WrittenBundle> {
  const { facts, parts, packages, programs, leftOut } = plan;
  const bytes = packages.reduce((sum, { size }) => sum + size, 0);
  emit({ type: 'binhost.planned', from: plan.location, to: path, packages: packages.length, kept: leftOut, bytes });
  const byDigest = new Map(packages.map((stored) => [stored.digest, stored]));
  let last = performance.now();
  const packageOf = ({ content }: BundlePart) => ('digest' in content ? byDigest.get(content.digest) : undefined);
  const onStart = (part: BundlePart) => {
    last = performance.now();
    const stored = packageOf(part);
    if (stored === undefined) return;
    const { name, version, buildHash, size } = stored;
    emit({ type: 'binhost.started', name, version, buildHash, bytes: size, resumedAt: 0 });
  };
  const onEnd = (part: BundlePart) => {
    const seconds = (performance.now() - last) / 1000;
    const stored = packageOf(part);
    if (stored === undefined) return;
    const { name, version, buildHash, size } = stored;
    emit({ type: 'binhost.copied', name, version, buildHash, bytes: size, seconds, mounted: false });
  };
  const carriedAt = (offsetOf: (key: string) => number) =>
    programs.map(({ program, stored }): CarriedProgram => {
      const offset = offsetOf(programKey(facts.farm, stored));
      return { machine: program.system.replace(/-linux$/, ''), offset, size: stored.blob.size, glibc: program.glibc };
    });
  return await writeBundle(path, parts, {
    header: (offsetOf) => ({ facts, programs: carriedAt(offsetOf) }),
    signal,
    onStart,
    onEnd,
  });
}

function nameOf({ farm, release, since }: BundleFacts, asked: readonly string[]): string {
  const parts = [farm, release.name, ...asked, ...(since === undefined ? [] : [`since-${since.name}`])];
  return `${parts.join('-')}.run`;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
