/** A path as a string of bytes, one character for each: names in archives and folders are bytes, and not all of them are UTF-8. */
export type BytePath = string & { readonly __brand: 'BytePath' };

/** The byte path of a text. */
export function bytePathOf(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1') as BytePath;
}

/** What the file system is called with. */
export function bytesOfPath(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** A byte path as people read it. */
export function formatBytePath(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
