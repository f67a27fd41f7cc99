import type { KeyObject } from 'node:crypto';
import { FarmError } from '../../core/farm-error.ts';
import { invalid } from './format/invalid.ts';
import { type Manifest, manifestFile, parseManifest } from './format/parse-manifest.ts';
import { parseWhitelist, type Whitelist, whitelistFile } from './format/parse-whitelist.ts';
import { mostBytes } from './limits.ts';
import { readTopFile } from './objects/read-object.ts';
import type { ReadContext } from './read-context.ts';
import type { RepositorySource } from './source/repository-source.ts';
import { type Certificate, checkWhitelist, readCertificate } from './trust/read-certificate.ts';
import { verifyBareSignature, verifyDigestSignature } from './trust/verify-signatures.ts';

/** Who vouches for a repository, and what is vouched for. */
export interface Trust {
  readonly manifest: Manifest;
  readonly whitelist: Whitelist;
  readonly certificate: Certificate;
}

/** What a repository is believed by. */
export interface Believed {
  readonly keys: readonly KeyObject[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The name that it must have, where one is asked for. */
  readonly name?: string;
  /** Asks past caches. */
  readonly fresh?: boolean;
}

/** Reads the manifest of a repository with all that vouches for it, and verifies the chain from the master key to it.
 * @throws CVMFS_NOT_FOUND, CVMFS_INVALID, CVMFS_DAMAGED, CVMFS_UNAVAILABLE, SIGNATURE_INVALID, WHITELIST_EXPIRED, KEY_UNKNOWN */
export async function readTrust(source: RepositorySource, believed: Believed, context: ReadContext): Promise<Trust> {
  const manifest = await readManifest(source, believed, context);
  return { manifest, ...(await vouchFor(source, manifest, believed, context)) };
}

/** Reads a manifest alone, which nobody vouches for yet.
 * @throws CVMFS_NOT_FOUND, CVMFS_INVALID, CVMFS_UNAVAILABLE */
export async function readManifest(
  source: RepositorySource,
  { name, fresh = false }: Pick<Believed, 'name' | 'fresh'>,
  context: ReadContext,
): Promise<Manifest> {
  const bytes = await readTopFile(source, { name: manifestFile, limit: mostBytes.manifest, fresh }, context);
  if (bytes === undefined) {
    throw new FarmError('CVMFS_NOT_FOUND', `Cannot read "${source.location}": it has no ${manifestFile}`, {
      hint: 'Name the folder or the address that has that file, such as http://host/cvmfs/NAME',
    });
  }
  const manifest = parseManifest(bytes);
  if (name === undefined || manifest.name === name) return manifest;
  throw invalid(manifestFile, `it is of "${manifest.name}", not of "${name}"`);
}

/** Reads what vouches for a manifest, and verifies the chain.
 * @throws CVMFS_INVALID, CVMFS_DAMAGED, CVMFS_UNAVAILABLE, SIGNATURE_INVALID, WHITELIST_EXPIRED, KEY_UNKNOWN */
export async function vouchFor(
  source: RepositorySource,
  manifest: Manifest,
  { keys, now, fresh = false }: Believed,
  context: ReadContext,
): Promise<Omit<Trust, 'manifest'>> {
  const bytes = await readTopFile(source, { name: whitelistFile, limit: mostBytes.whitelist, fresh }, context);
  if (bytes === undefined) throw invalid(whitelistFile, 'it is missing');
  const whitelist = parseWhitelist(bytes);
  verifyBareSignature(whitelistFile, whitelist.signed, keys);
  const certificate = await readCertificate(source, manifest, context);
  checkWhitelist(whitelist, certificate, { name: manifest.name, now });
  verifyDigestSignature(manifestFile, manifest.signed, certificate.x509.publicKey);
  return { whitelist, certificate };
}
