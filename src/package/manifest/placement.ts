import * as v from 'valibot';
import { type Digest, isDigest } from '../../core/digest-text.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { metadataFolder } from '../archive/tar-member.ts';

/** Where the placement of an unpacked package lies below its prefix. */
export const placementPath = `${metadataFolder}/placement.json`;

/** What was done to a package when it was unpacked: all that is needed to tell later, without the package, whether its files are still what was written. */
export interface Placement {
  /** The root of the store that it was unpacked for. */
  readonly root: string;
  /** By path, the digest of each file that is not as it was packed; of a link, that of its target. */
  readonly edited: Readonly<Record<string, Digest>>;
}

const format = 'binfarm.placement/1';

const schema = v.strictObject({
  format: v.literal(format),
  root: v.string(),
  edited: v.record(
    v.string(),
    v.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'is no digest'),
  ),
});

/** Formats a placement as it is kept. */
export function formatPlacement(placement: Placement): string {
  return formatCanonicalJson({ format, ...placement });
}

/** Reads a placement.
 * @throws PACKAGE_DAMAGED */
export function parsePlacement(text: string): Placement {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const result = v.safeParse(schema, value);
  if (result.success) return { root: result.output.root, edited: result.output.edited };
  throw new FarmError('PACKAGE_DAMAGED', 'Cannot read how the package was unpacked: its record is damaged', {
    hint: 'Install it again',
  });
}
