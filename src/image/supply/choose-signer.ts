import type { Digest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import type { PublicKey } from '../../package/sign/key-file.ts';

/** Chooses among the trusted keys that have signed something one that is not revoked.
 * @throws KEY_UNKNOWN when there is none; KEY_REVOKED when all are revoked */
export function chooseSigner(signers: readonly PublicKey[], trusted: readonly PublicKey[], subject: Digest): PublicKey {
  const revoked = new Set(trusted.flatMap((key) => (key.revoked === undefined ? [] : [key.id])));
  const good = signers.find(({ id }) => !revoked.has(id));
  if (good !== undefined) return good;
  if (signers[0] === undefined) {
    throw new FarmError('KEY_UNKNOWN', `Cannot trust ${subject}: none of the keys that were given has signed it`, {
      hint: 'Give the public key of the farm that made it: --key FILE',
    });
  }
  throw new FarmError(
    'KEY_REVOKED',
    `Cannot trust ${subject}: it is signed only by "${signers[0].id}", which was revoked`,
  );
}
