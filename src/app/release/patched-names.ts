import { digestOf } from '../../core/digest.ts';
import { hexOf } from '../../core/digest-text.ts';
import { formatCanonicalJson } from '../../core/json.ts';
import { packedNameOf, type ReleasePackage } from '../../model/release.ts';

/** What a package is, as far as its name in a store goes. */
export type NamedPackage = Pick<ReleasePackage, 'name' | 'version' | 'buildHash' | 'renames'>;

/** A name with fewer digits of the hash than this would be too easy to meet twice. */
const fewestDigits = 12;

/** The name that a package gets in stores, with a given length or the one it was packed under if that is shorter: the same for the same package with the same renames, another for any others.
 * So what two releases share is shared, and what differs lies side by side. */
export function storeNameWith(item: NamedPackage, longest = Number.POSITIVE_INFINITY): string {
  const packed = packedNameOf(item);
  const renames = Object.entries(item.renames ?? {}).filter(([from]) => from !== packed);
  const hash =
    renames.length === 0
      ? item.buildHash
      : hexOf(digestOf(formatCanonicalJson({ package: packed, renames: Object.fromEntries(renames) })));
  const length = Math.min(packed.length, longest);
  const lead = packed.slice(0, -20);
  const start = length - lead.length >= fewestDigits ? lead : `${item.name}-`;
  return `${start}${hash.slice(0, length - start.length)}`;
}
