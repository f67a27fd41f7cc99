import { createHash } from 'node:crypto';
import { digestOf } from '../core/digest.ts';
import { FarmError, isFarmError } from '../core/farm-error.ts';
import { formatCanonicalJson } from '../core/json.ts';
import { verifyPackage } from '../package/verify-package.ts';
import type { PackageExamination, PackageReference, StoredPackage } from './binhost.ts';
import type { Depot } from './depot.ts';
import { parsePackageDocument } from './package-oci.ts';

/** Reads all of one package from a depot and computes every digest anew: manifest, config, blob, and all that is in the blob.
 * @throws PACKAGE_NOT_FOUND when there is no such package; what the depot throws when it does not answer */
export async function examinePackage(
  depot: Depot,
  repository: string,
  reference: PackageReference,
): Promise<PackageExamination> {
  const text = await depot.readManifest(repository, reference.buildHash);
  if (text === undefined) {
    throw new FarmError(
      'PACKAGE_NOT_FOUND',
      `Cannot check package "${reference.name}" in "${depot.location}": it is not there`,
    );
  }
  const { name, buildHash } = reference;
  let bytes = Buffer.byteLength(text);
  try {
    const stored = parsePackageDocument(text, reference, depot.location);
    bytes += await readConfig(depot, repository, stored);
    const verified = await verifyPackage(depot.openBlob(repository, stored, 0), stored);
    bytes += verified.size;
    const problem = compare(stored, verified);
    return { name, buildHash, bytes, ...(problem === undefined ? {} : { problem }) };
  } catch (error) {
    if (!isFarmError(error, 'PACKAGE_DAMAGED')) throw error;
    return { name, buildHash, bytes, problem: error.message };
  }
}

async function readConfig(depot: Depot, repository: string, { name, config }: StoredPackage): Promise<number> {
  const hash = createHash('sha256');
  for await (const chunk of depot.openBlob(repository, config, 0)) hash.update(chunk);
  if (`sha256:${hash.digest('hex')}` !== config.digest) {
    throw new FarmError('PACKAGE_DAMAGED', `Cannot use package "${name}": its config does not match its digest`);
  }
  return config.size;
}

/** What the manifest says and the blob does not bear out. */
function compare(stored: StoredPackage, verified: Awaited<ReturnType<typeof verifyPackage>>): string | undefined {
  const { manifest, diffId, annotations } = verified;
  const pairs = {
    name: [stored.name, manifest.name],
    'build hash': [stored.buildHash, manifest.buildHash],
    version: [stored.version, manifest.version],
    platform: [stored.platform, manifest.platform],
    'diff id': [stored.diffId, diffId],
    'table of contents': [
      digestOf(formatCanonicalJson(stored.layerAnnotations)),
      digestOf(formatCanonicalJson(annotations)),
    ],
  };
  const wrong = Object.entries(pairs).find(([, [said, found]]) => said !== found);
  return wrong === undefined ? undefined : `the ${wrong[0]} in its manifest is not that of its blob`;
}
