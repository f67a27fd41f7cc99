/** Sizes that decide into which parts a large file is cut, in bytes. */
export interface CutSizes {
  readonly least: number;
  readonly average: number;
  readonly most: number;
}

/** The sizes that stock servers use. */
export const usualCuts: CutSizes = { least: 4 << 20, average: 8 << 20, most: 16 << 20 };

/** Finds where the content of a file is to be cut, block by block, so that equal stretches of different files become equal parts. */
export interface CutFinder {
  /** The next cut in a block at or after an offset: the first byte of the next part; -1 when there is none. The search goes on from there at the next call. */
  readonly next: (block: Uint8Array, from: number) => number;
}

/** How many bytes the rolling value depends on. */
const window = 32;

/** Starts to cut: a rolling value of 32 bits, `x = (x << 1) ^ byte`, near its largest positive number ends a part. */
export function createCutFinder({ least, average, most }: CutSizes = usualCuts): CutFinder {
  const threshold = Math.floor(0xffffffff / average);
  let length = 0;
  let value = 0;
  const next = (block: Uint8Array, from: number): number => {
    let at = from;
    const skipped = Math.min(Math.max(0, least - window - length), block.length - at);
    at += skipped;
    length += skipped;
    for (; at < block.length; at += 1, length += 1) {
      value = (value << 1) ^ block[at]!;
      const distance = (value - 0x7fffffff) | 0;
      const isMark = length >= least && distance < threshold && distance > -threshold;
      if (!isMark && length < most) continue;
      length = 0;
      value = 0;
      return at;
    }
    return -1;
  };
  return { next };
}
