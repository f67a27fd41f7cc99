import type { Binhost, StoredPackage } from '../../binhost/binhost.ts';
import type { BinhostGroup } from '../../binhost/open-binhosts.ts';
import { FarmError } from '../../core/farm-error.ts';
import { isTrustError, verifyEnvelope } from '../../package/sign/envelope.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';
import { parsePackageStatement } from '../../package/sign/package-statement.ts';
import type { BuildableNode } from '../stack/farm-node.ts';
import { blamePackage } from './blame-package.ts';

/** Finds packages in a binhost and believes only what a trusted key has signed. */
export interface PackageFinder {
  /** The stored package of a node, undefined when the binhost does not have it.
   * @throws KEY_UNKNOWN, SIGNATURE_INVALID, PACKAGE_DAMAGED */
  readonly find: (node: BuildableNode) => Promise<StoredPackage | undefined>;
  /** The bytes of a package's blob: a path where it is a local file. */
  readonly open: (stored: StoredPackage) => string | AsyncIterable<Buffer>;
}

/** Makes a finder over a binhost.
 * @param onUntrusted is told of what no trusted key has signed, which is then found all the same: for `--insecure` alone */
export function createPackageFinder(
  binhost: Binhost & Partial<Pick<BinhostGroup, 'keysOf'>>,
  trusted: readonly PublicKey[],
  onUntrusted?: (stored: StoredPackage, error: FarmError) => void,
): PackageFinder {
  return {
    find: ({ locked, built, platformName }) =>
      blamePackage({ name: locked.name, location: binhost.location }, async () => {
        const stored = await binhost.find({ name: locked.name, buildHash: built.buildHash });
        if (stored === undefined) return undefined;
        const keys = binhost.keysOf?.(stored.location);
        const welcome = keys === undefined ? trusted : trusted.filter(({ id }) => keys.includes(id));
        try {
          verifyStored({ ...stored, version: locked.version, platform: platformName }, welcome);
        } catch (error) {
          if (onUntrusted === undefined || !isTrustError(error)) throw error;
          onUntrusted(stored, error);
        }
        return stored;
      }),
    open: (stored) => binhost.blobPath?.(stored) ?? binhost.openBlob(stored),
  };
}

/** Checks that a trusted key has signed what a binhost says of a package.
 * @throws KEY_UNKNOWN, SIGNATURE_INVALID */
export function verifyStored(stored: StoredPackage, trusted: readonly PublicKey[]): void {
  const statement = parsePackageStatement(verifyEnvelope(stored.envelope, trusted, `package "${stored.name}"`));
  const { name, version, platform, buildHash, digest, size, diffId } = stored;
  const claims = { name, version, platform, buildHash, digest, size, diffId };
  for (const [claim, value] of Object.entries(claims)) {
    if (statement[claim as keyof typeof claims] !== value) {
      throw new FarmError(
        'SIGNATURE_INVALID',
        `Cannot use package "${name}" from "${stored.location}": its ${claim} is not the signed one`,
      );
    }
  }
}
