import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Digest } from '../../core/digest-text.ts';
import type { ByteSource } from '../byte-source.ts';

/** What one pass over a file tells. */
export interface RootScan {
  readonly digest: Digest;
  /** UTF-8 without a NUL byte. */
  readonly isText: boolean;
  /** Where the root is, ascending. */
  readonly offsets: readonly number[];
  /** Where the root first is in characters of two or four bytes; absent when it nowhere is. */
  readonly wideOffset?: number;
}

const step = 4 << 20;

/** Finds every occurrence of the root in a file, and its digest on the way; holds 4 MiB at a time. */
export function scanRoot(source: ByteSource, root: string): RootScan {
  const needle = Buffer.from(root);
  const wide = [2, 4].map((width) => widen(needle, width));
  const overlap = needle.length * 4 - 1;
  const hash = createHash('sha256');
  const offsets: number[] = [];
  let isText = true;
  let wideOffset: number | undefined;
  let incomplete: Buffer = Buffer.alloc(0);
  for (let offset = 0; offset < source.size; offset += step) {
    const window = source.read(offset, step + overlap);
    const own = window.subarray(0, step);
    hash.update(own);
    findAll(window, needle, { offset, end: own.length, offsets });
    if (isText) {
      const text = incomplete.length === 0 ? own : Buffer.concat([incomplete, own]);
      const whole = offset + step >= source.size ? text.length : wholeCharacters(text);
      isText = !own.includes(0) && isUtf8(text.subarray(0, whole));
      incomplete = text.subarray(whole);
    }
    if (!isText) wideOffset ??= findFirst(window, wide, offset);
  }
  const digest = `sha256:${hash.digest('hex')}` as Digest;
  return { digest, isText, offsets, ...(wideOffset === undefined ? {} : { wideOffset }) };
}

function findAll(
  window: Buffer,
  needle: Buffer,
  found: { readonly offset: number; readonly end: number; readonly offsets: number[] },
): void {
  const last = found.offsets.at(-1);
  let from = last === undefined ? 0 : Math.max(0, last + needle.length - found.offset);
  for (;;) {
    const at = window.indexOf(needle, from);
    if (at < 0 || at >= found.end) return;
    found.offsets.push(found.offset + at);
    from = at + needle.length;
  }
}

function findFirst(window: Buffer, forms: readonly Buffer[], offset: number): number | undefined {
  const found = forms.map((form) => window.indexOf(form)).filter((at) => at >= 0);
  return found.length === 0 ? undefined : offset + Math.min(...found);
}

/** How many bytes at the beginning are whole characters, when the end may cut one of UTF-8. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(4, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte >= 0xc0) return bytes.length - back;
    if (byte < 0x80) break;
  }
  return bytes.length;
}

function widen(bytes: Buffer, width: number): Buffer {
  const wide = Buffer.alloc(bytes.length * width);
  for (const [index, byte] of bytes.entries()) wide[index * width] = byte;
  return wide;
}
