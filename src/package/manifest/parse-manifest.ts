import * as v from 'valibot';
import { FarmError } from '../../core/farm-error.ts';
import { canonicalPieces, formatCanonicalJson } from '../../core/json.ts';
import { parseJsonWithin } from '../../core/parse-json-within.ts';
import type { PackageManifest } from '../../model/package-manifest.ts';
import { checkManifest } from './check-manifest.ts';
import { manifestLimits, manifestSchema } from './manifest-schema.ts';

/** Formats a manifest as the bytes that a package holds.
 * @throws PACKAGE_REJECTED when it breaks a rule or a limit of the format. */
export function formatPackageManifest(manifest: PackageManifest): Buffer {
  const bytes = Buffer.from(formatCanonicalJson(manifest));
  const state = bytes.length > manifestLimits.bytes ? `its metadata has ${bytes.length} bytes` : findFault(manifest);
  if (state === undefined) return bytes;
  throw new FarmError('PACKAGE_REJECTED', `Cannot pack "${manifest.storeName}": ${state}`);
}

/** Parses the manifest of a package, which anybody may have written.
 * @throws PACKAGE_DAMAGED when it is not canonical JSON, breaks the schema, or contradicts itself. */
export function parsePackageManifest(bytes: Buffer): PackageManifest {
  const manifest = parseTrustedManifest(bytes);
  if (!isCanonical(bytes, manifest)) throw invalid('it is not in canonical form');
  return manifest;
}

/** Compared piece by piece, because a second copy of a large manifest would take more memory than the rest of its package. */
function isCanonical(bytes: Buffer, manifest: PackageManifest): boolean {
  let at = 0;
  for (const piece of canonicalPieces(manifest)) {
    const wanted = Buffer.from(piece);
    if (!wanted.equals(bytes.subarray(at, at + wanted.length))) return false;
    at += wanted.length;
  }
  return at === bytes.length;
}

/** Parses the manifest of a package whose bytes are covered by a digest that is being checked: its form need not be compared again.
 * @throws PACKAGE_DAMAGED when it breaks the schema, or contradicts itself. */
export function parseTrustedManifest(bytes: Buffer): PackageManifest {
  if (bytes.length > manifestLimits.bytes) throw invalid(`it has ${bytes.length} bytes`);
  const value = parseJsonWithin(bytes.toString('utf8'), manifestLimits.values);
  if (value === undefined) throw invalid('it is not JSON, or has more in it than a package can have');
  const state = findFault(value);
  if (state !== undefined) throw invalid(state);
  return value as PackageManifest;
}

function findFault(value: unknown): string | undefined {
  const result = v.safeParse(manifestSchema, value, { abortEarly: true });
  if (result.success) return checkManifest(result.output);
  const [issue] = result.issues;
  return `"${v.getDotPath(issue) ?? ''}" ${issue.message}`;
}

function invalid(state: string): FarmError {
  return new FarmError('PACKAGE_DAMAGED', `Cannot read the metadata of the package: ${state}`);
}
