import type { Binhost, StoredPackage } from '../binhost/binhost.ts';
import { FarmError } from '../core/farm-error.ts';
import { verifyEnvelope } from '../package/sign/envelope.ts';
import type { PublicKey } from '../package/sign/key-file.ts';
import { parsePackageStatement } from '../package/sign/package-statement.ts';
import type { BuildableNode } from './farm-node.ts';

/** Finds packages in a binhost and believes only what a trusted key has signed. */
export interface PackageFinder {
  /** The stored package of a node, undefined when the binhost does not have it.
   * @throws KEY_UNKNOWN, SIGNATURE_INVALID, PACKAGE_DAMAGED */
  readonly find: (node: BuildableNode) => Promise<StoredPackage | undefined>;
  /** The bytes of a package's blob: a path where it is a local file. */
  readonly open: (stored: StoredPackage) => string | AsyncIterable<Buffer>;
}

/** Makes a finder over a binhost. */
export function createPackageFinder(binhost: Binhost, trusted: readonly PublicKey[]): PackageFinder {
  return {
    find: async ({ locked, built, platformName }) => {
      const stored = await binhost.find({ name: locked.name, buildHash: built.buildHash });
      if (stored === undefined) return undefined;
      const statement = parsePackageStatement(verifyEnvelope(stored.envelope, trusted));
      const { digest, size, diffId } = stored;
      const claims = {
        name: locked.name,
        version: locked.version,
        platform: platformName,
        buildHash: built.buildHash,
        digest,
        size,
        diffId,
      };
      for (const [claim, value] of Object.entries(claims)) {
        if (statement[claim as keyof typeof claims] !== value) {
          throw new FarmError(
            'SIGNATURE_INVALID',
            `Cannot use package "${locked.name}" from "${binhost.location}": its ${claim} is not the signed one`,
          );
        }
      }
      return stored;
    },
    open: (stored) => binhost.blobPath?.(stored) ?? binhost.openBlob(stored),
  };
}
