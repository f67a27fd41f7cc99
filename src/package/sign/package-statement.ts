import * as v from 'valibot';
import { type Digest, isDigest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { type BuildHash, isPackageName, type PackageName } from '../../model/names.ts';
import type { PackageManifest } from '../../model/package-manifest.ts';
import type { Statement } from './envelope.ts';

/** What a farm signs of each package: that this blob is this build. */
export interface PackageStatement extends Statement {
  readonly type: 'package';
  readonly name: PackageName;
  readonly version: string;
  readonly platform: string;
  readonly buildHash: BuildHash;
  /** Of the blob. */
  readonly digest: Digest;
  /** Of the blob, in bytes. */
  readonly size: number;
  /** Of the uncompressed tar. */
  readonly diffId: Digest;
}

const text = v.pipe(v.string(), v.nonEmpty(), v.maxLength(256));
const digest = v.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is no digest');

const statementSchema = v.strictObject({
  type: v.literal('package'),
  name: v.custom<PackageName>((value) => typeof value === 'string' && isPackageName(value), 'is no package name'),
  version: text,
  platform: text,
  buildHash: v.custom<BuildHash>(
    (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
    'is no build hash',
  ),
  digest,
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  diffId: digest,
}) satisfies v.GenericSchema<unknown, PackageStatement>;

/** Makes the statement about a package that was packed or verified. */
export function packageStatementOf(
  manifest: Pick<PackageManifest, 'name' | 'version' | 'platform' | 'buildHash'>,
  blob: { readonly digest: Digest; readonly size: number; readonly diffId: Digest },
): PackageStatement {
  const { name, version, platform, buildHash } = manifest;
  const { digest: blobDigest, size, diffId } = blob;
  return { type: 'package', name, version, platform, buildHash, digest: blobDigest, size, diffId };
}

/** Parses what a verified envelope says as a statement about a package.
 * @throws SIGNATURE_INVALID when it says something else. */
export function parsePackageStatement(value: unknown): PackageStatement {
  const result = v.safeParse(statementSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new FarmError(
    'SIGNATURE_INVALID',
    `Cannot read the signed statement about a package: "${v.getDotPath(issue) ?? 'it'}" ${issue.message}`,
  );
}
