import { type BinhostCheck, checkBinhost } from '../../binhost/check-binhost.ts';
import { isTrustError } from '../../package/sign/envelope.ts';
import type { AppContext } from '../farm/open-farm.ts';
import { openBinhostSetting, referencesIn } from './with-binhosts.ts';

/** What is to be checked. */
export interface CheckBinhostRequest {
  readonly farm: string;
  /** The farm's own binhost when absent. */
  readonly location?: string;
  /** Names of packages; everything when empty. */
  readonly names: readonly string[];
  /** Removes what is damaged, and what nothing refers to. */
  readonly repair: boolean;
}

/** Reads a binhost again: digests, structure, and whether a trusted key has signed each package.
 * @throws PACKAGE_NOT_FOUND, BINHOST_INVALID, BINHOST_UNAVAILABLE, BINHOST_DENIED, BINHOST_UNSUPPORTED */
export async function checkPackages(
  request: CheckBinhostRequest,
  context: AppContext,
): Promise<BinhostCheck & { readonly location: string }> {
  const { own, open, accept } = await openBinhostSetting(request.farm, context);
  const binhost = request.location === undefined ? own : open(request.location);
  const references = request.names.length === 0 ? undefined : await referencesIn(binhost, request.names);
  const found = await checkBinhost(binhost, {
    ...(references === undefined ? {} : { references }),
    repair: request.repair,
    emit: context.emit,
    signal: context.signal,
    judge: async (reference) => {
      try {
        const stored = await binhost.find(reference);
        if (stored !== undefined) accept(stored);
        return undefined;
      } catch (error) {
        if (isTrustError(error)) return error.message;
        throw error;
      }
    },
  });
  return { location: binhost.location, ...found };
}
