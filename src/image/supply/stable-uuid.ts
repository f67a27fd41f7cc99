import { digestOf } from '../../core/digest.ts';
import { hexOf } from '../../core/digest-text.ts';
import { formatCanonicalJson } from '../../core/json.ts';

/** Makes an identifier for a document out of what it says (RFC 9562, version 8): equal documents have equal ones.
 * @param kind tells documents of different formats about the same thing apart */
export function stableUuid(kind: string, value: unknown): string {
  const hex = hexOf(digestOf(formatCanonicalJson([kind, value])));
  const variant = '89ab'[Number.parseInt(hex[16]!, 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
