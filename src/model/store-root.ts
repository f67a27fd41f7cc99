import { FarmError } from '../core/farm-error.ts';

/** The shortest and the longest root that a farm can ask for. */
export const rootLengthLimits = { shortest: 24, longest: 200 } as const;

const lead = '/binfarm/';

/** The canonical root of a given length in bytes, the same on every machine; no path on a real system begins so.
 * @throws SETTING_INVALID when the length is out of its limits. */
export function storeRootOf(length: number): string {
  if (!Number.isInteger(length) || length < rootLengthLimits.shortest || length > rootLengthLimits.longest) {
    throw new FarmError('SETTING_INVALID', `Cannot use ${length} as the prefix length: it is out of its limits`, {
      hint: `Choose a whole number from ${rootLengthLimits.shortest} to ${rootLengthLimits.longest}`,
    });
  }
  return `${lead}${'prefix-'.repeat(40).slice(0, length - lead.length - 1)}0`;
}

/** The folder's name of a package in a store: name, version and the first 20 digits of the build hash. */
export function storeNameOf(name: string, version: string, buildHash: string): string {
  return `${name}-${version.replaceAll(/[^A-Za-z0-9._+-]/g, '_')}-${buildHash.slice(0, 20)}`;
}
