import type { Binhost, StoredPackage } from '../binhost/binhost.ts';
import { FarmError } from '../core/farm-error.ts';
import type { TrustedKeys } from '../package/sign/keys.ts';
import { verifyEnvelope } from '../package/sign/envelope.ts';
import type { BuildableNode } from './farm-node.ts';

/** Finds packages in a binhost and believes only what a trusted key has signed. */
export interface PackageFinder {
  /** The stored package of a node, undefined when the binhost does not have it.
   * @throws KEY_UNKNOWN, SIGNATURE_INVALID, PACKAGE_DAMAGED */
  readonly find: (node: BuildableNode) => Promise<StoredPackage | undefined>;
  readonly open: (stored: StoredPackage) => AsyncIterable<Buffer>;
}

/** Makes a finder over a binhost. */
export function createPackageFinder(binhost: Binhost, trusted: TrustedKeys): PackageFinder {
  return {
    find: async ({ locked, built, platformName }) => {
      const stored = await binhost.find({ name: locked.name, buildHash: built.buildHash });
      if (stored === undefined) return undefined;
      const statement = verifyEnvelope(stored.envelope, trusted);
      const claims = { name: locked.name, version: locked.version, platform: platformName, buildHash: built.buildHash };
      const facts = { digest: stored.digest, size: stored.size, diffId: stored.diffId };
      for (const [claim, value] of Object.entries({ type: 'package', ...claims, ...facts })) {
        if ((statement as unknown as Record<string, unknown>)[claim] !== value) {
          throw new FarmError('SIGNATURE_INVALID', `Cannot use package "${locked.name}" from "${binhost.location}": its ${claim} is not the signed one`);
        }
      }
      return stored;
    },
    open: (stored) => binhost.openBlob(stored),
  };
}
