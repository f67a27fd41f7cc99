/** The most bytes of small documents; larger ones are refused before they are read. */
export const mostBytes = {
  manifest: 64 << 10,
  whitelist: 1 << 20,
  certificate: 64 << 10,
  metainfo: 1 << 20,
  history: 256 << 20,
  reflog: 1 << 30,
  catalog: 4 * 2 ** 30,
} as const;

/** An object up to this many stored bytes is read whole; a larger one passes through. */
export const wholeObject = 4 << 20;

/** How many requests are under way at a time. */
export const atOnce = 8;

/** The most chunks of a file that are held at a time; with the usual eight megabytes each it is a file of eight terabytes. */
export const mostChunks = 1_000_000;

/** The most catalogs inside one another. */
export const deepestNesting = 100;

/** So many bytes can an object at most have that unpacks to `plain` bytes, however it was packed. */
export function mostStored(plain: number): number {
  return 2 * plain + (1 << 20);
}
