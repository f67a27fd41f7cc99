import * as v from 'valibot';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
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
  if (bytes.length > manifestLimits.bytes) throw invalid(`it has ${bytes.length} bytes`);
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid('it is not JSON', error);
  }
  const state = findFault(value);
  if (state !== undefined) throw invalid(state);
  if (formatCanonicalJson(value) !== text) throw invalid('it is not in canonical form');
  return value as PackageManifest;
}

function findFault(value: unknown): string | undefined {
  const result = v.safeParse(manifestSchema, value, { abortEarly: true });
  if (result.success) return checkManifest(result.output);
  const [issue] = result.issues;
  return `"${v.getDotPath(issue) ?? ''}" ${issue.message}`;
}

function invalid(state: string, cause?: unknown): FarmError {
  return new FarmError('PACKAGE_DAMAGED', `Cannot read the metadata of the package: ${state}`, {
    ...(cause === undefined ? {} : { cause }),
  });
}
