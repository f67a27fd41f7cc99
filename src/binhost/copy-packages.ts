import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emit } from '../core/events.ts';
import { FarmError, isFarmError } from '../core/farm-error.ts';
import { mapLimit } from '../core/map-limit.ts';
import type { Envelope } from '../package/sign/envelope.ts';
import type { Binhost, PackageReference, StoredPackage } from './binhost.ts';
import type { BinhostEvent } from './binhost-events.ts';
import { withSpooledBlob } from './spool.ts';

/** How packages are copied. */
export interface CopyOptions {
  /** Packages at a time; 4 when absent. */
  readonly concurrency?: number;
  readonly emit?: Emit<BinhostEvent>;
  readonly signal?: AbortSignal;
  /** Throws when a package is not to be believed; it is then not copied. */
  readonly accept?: (stored: StoredPackage) => void;
  /** The folder where blobs that arrive are put together, and found again after an interruption; a temporary one when absent. */
  readonly spool?: string;
}

/** What came of copying packages. */
export interface CopyResult {
  readonly copied: readonly PackageReference[];
  /** They were there already. */
  readonly kept: readonly PackageReference[];
  /** The source does not have them. */
  readonly missing: readonly PackageReference[];
  readonly failed: readonly (PackageReference & { readonly error: FarmError })[];
  /** Of the packages that were copied. */
  readonly bytes: number;
  readonly seconds: number;
}

/** What is to be copied. */
export interface CopyPlan {
  readonly wanted: readonly StoredPackage[];
  readonly kept: readonly PackageReference[];
  readonly missing: readonly PackageReference[];
  readonly failed: CopyResult['failed'];
  /** Of the wanted ones. */
  readonly bytes: number;
}

/** Finds out which packages a copy would have to move; changes nothing.
 * @throws BINHOST_UNAVAILABLE, BINHOST_DENIED */
export async function planCopy(from: Binhost, to: Binhost, references: readonly PackageReference[]): Promise<CopyPlan> {
  const looked = await mapLimit(references, 8, (reference) => lookAt(reference, from, to));
  const wanted = looked.flatMap(({ stored }) => stored ?? []);
  return {
    wanted,
    missing: looked.filter(({ state }) => state === 'missing').map(({ reference }) => reference),
    kept: looked.filter(({ state }) => state === 'kept').map(({ reference }) => reference),
    failed: looked.flatMap(({ failed }) => failed ?? []),
    bytes: wanted.reduce((sum, { size }) => sum + size, 0),
  };
}

/** Copies packages from one binhost to another: only what is missing there, several at a time. What is there is never replaced. An interrupted copy goes on where it stopped. A package that is
 * damaged or not believed is in the result; the others go on.
 * @throws BINHOST_UNAVAILABLE, BINHOST_DENIED, BINHOST_UNSUPPORTED, DISK_FULL, PERMISSION_DENIED; what was copied before stays */
export async function copyPackages(
  from: Binhost,
  to: Binhost,
  references: readonly PackageReference[],
  options: CopyOptions = {},
): Promise<CopyResult> {
  const start = performance.now();
  const { emit = () => {}, concurrency = 4 } = options;
  const { wanted, kept, missing, failed, bytes } = await planCopy(from, to, references);
  emit({
    type: 'binhost.planned',
    from: from.location,
    to: to.location,
    packages: wanted.length,
    kept: kept.length,
    bytes,
  });
  // The largest first, so that none of them is alone at the end.
  const queue = wanted.toSorted((a, b) => b.size - a.size);
  const outcomes = await mapLimit(queue, concurrency, (stored) => copyOrTell(stored, { from, to, options, emit }));
  const copied = outcomes.flatMap((outcome) => ('stored' in outcome ? [outcome.stored] : []));
  return {
    copied: copied.map(referenceOf),
    kept,
    missing,
    failed: [...failed, ...outcomes.flatMap((outcome) => ('failed' in outcome ? [outcome.failed] : []))],
    bytes: copied.reduce((sum, { size }) => sum + size, 0),
    seconds: (performance.now() - start) / 1000,
  };
}

interface Looked {
  readonly reference: PackageReference;
  readonly state: 'kept' | 'missing' | 'wanted' | 'failed';
  readonly stored?: StoredPackage;
  readonly failed?: PackageReference & { readonly error: FarmError };
}

async function lookAt(reference: PackageReference, from: Binhost, to: Binhost): Promise<Looked> {
  if ((await to.find(reference).catch(undefinedWhenDamaged)) !== undefined) return { reference, state: 'kept' };
  try {
    const stored = await from.find(reference);
    return stored === undefined ? { reference, state: 'missing' } : { reference, state: 'wanted', stored };
  } catch (error) {
    if (!isOwnFault(error)) throw error;
    return { reference, state: 'failed', failed: { ...referenceOf(reference), error } };
  }
}

interface Copying {
  readonly from: Binhost;
  readonly to: Binhost;
  readonly options: CopyOptions;
  readonly emit: Emit<BinhostEvent>;
}

type Outcome =
  | { readonly stored: StoredPackage }
  | { readonly failed: PackageReference & { readonly error: FarmError } };

async function copyOrTell(stored: StoredPackage, copying: Copying): Promise<Outcome> {
  const { name, buildHash } = stored;
  try {
    copying.options.signal?.throwIfAborted();
    copying.options.accept?.(stored);
    return { stored: await copyPackage(stored, copying) };
  } catch (error) {
    copying.emit({
      type: 'binhost.failed',
      name,
      buildHash,
      reason: error instanceof Error ? error.message : String(error),
    });
    if (!isOwnFault(error)) throw error;
    return { failed: { name, buildHash, error } };
  }
}

async function copyPackage(stored: StoredPackage, { from, to, options, emit }: Copying): Promise<StoredPackage> {
  const start = performance.now();
  const { name, version, buildHash, size, digest } = stored;
  const about = { name, version, buildHash, bytes: size };
  const done = (result: StoredPackage, mounted: boolean): StoredPackage => {
    if (result.digest !== digest) {
      throw new FarmError(
        'PACKAGE_DAMAGED',
        `Cannot copy package "${name}" to "${to.location}": it has another build of it now`,
      );
    }
    emit({ type: 'binhost.copied', ...about, seconds: (performance.now() - start) / 1000, mounted });
    return result;
  };
  emit({ type: 'binhost.started', ...about, resumedAt: 0 });
  const adopted = await to.adopt?.(stored, from);
  if (adopted !== undefined) return done(adopted, true);
  const put = (path: string, isVerified: boolean) =>
    to.put({ ...stored, envelope: stored.envelope as Envelope, blob: { path, digest, size, isVerified } });
  const path = from.blobPath?.(stored);
  if (path !== undefined) return done(await put(path, false), false);
  const spool = options.spool ?? to.spool ?? join(tmpdir(), `binfarm-incoming-${process.getuid?.() ?? 0}`);
  const steps = { isThere: () => to.find(stored).catch(undefinedWhenDamaged), use: (part: string) => put(part, true) };
  return done(await withSpooledBlob(spool, { ...spooled(stored, from, emit) }, steps), false);
}

function spooled(stored: StoredPackage, from: Binhost, emit: Emit<BinhostEvent>) {
  const { name, version, buildHash, size, digest } = stored;
  let told = 0;
  return {
    digest,
    size,
    location: from.location,
    open: (position: number) => from.openBlob(stored, position),
    onStart: (resumedAt: number) => {
      if (resumedAt > 0) emit({ type: 'binhost.started', name, version, buildHash, bytes: size, resumedAt });
    },
    onProgress: (bytes: number) => {
      const now = performance.now();
      if (now - told < 200) return;
      told = now;
      emit({ type: 'binhost.progressed', buildHash, bytes, total: size });
    },
  };
}

/** Whether an error is about one package, so that others can be copied all the same. */
function isOwnFault(error: unknown): error is FarmError {
  const trust = ['KEY_REVOKED', 'KEY_UNKNOWN', 'SIGNATURE_INVALID'];
  const codes = [...trust, 'PACKAGE_DAMAGED', 'PACKAGE_NOT_FOUND', 'NAME_INVALID'];
  return isFarmError(error) && codes.includes(error.code);
}

function undefinedWhenDamaged(error: unknown): undefined {
  if (isFarmError(error, 'PACKAGE_DAMAGED')) return undefined;
  throw error;
}

function referenceOf({ name, buildHash }: PackageReference): PackageReference {
  return { name, buildHash };
}
