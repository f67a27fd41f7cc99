import { type FarmError, isFarmError } from '../../core/farm-error.ts';
import { isTrustError } from '../../package/sign/envelope.ts';
import type { AppContext } from '../farm/open-farm.ts';

/** Tells at the beginning of what is done with `--insecure` what that means. */
export function tellBypass(subject: string, { emit }: Pick<AppContext, 'emit'>): void {
  const reason =
    'what nobody has signed is taken, too; whoever can change the binhost or the way to it decides what runs';
  emit({ type: 'trust.bypassed', subject, reason });
}

/** What is to be told of something that is used although nobody vouches for it. */
export function bypassOf(
  subject: string,
  { message }: FarmError,
): { readonly subject: string; readonly reason: string } {
  return { subject, reason: message.slice(message.indexOf(': ') + 2) };
}

/** True for the errors that `--insecure` passes over: nothing but whom one believes. */
export function isAboutTrust(error: unknown): error is FarmError {
  return isTrustError(error) || isFarmError(error, 'TRUST_INVALID') || isFarmError(error, 'TRUST_OLD');
}
