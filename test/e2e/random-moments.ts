/** Moments that are chosen by chance, the same for the same seed. */
export interface RandomMoments {
  readonly seed: number;
  /** In [0, 1). */
  readonly next: () => number;
}

/** Chooses by the seed in BINFARM_TEST_SEED, or by one of its own, which a failing test names. */
export function createRandomMoments(): RandomMoments {
  const seed = Number(process.env.BINFARM_TEST_SEED ?? Date.now() % 1_000_000);
  let state = seed;
  return {
    seed,
    // a 32-bit mixer of a counter, after the finalizer of MurmurHash3
    next: () => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = state ^ (state >>> 16);
      mixed = Math.imul(mixed, 0x85ebca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
      return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
    },
  };
}
