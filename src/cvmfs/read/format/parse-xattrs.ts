import { type PathBytes, pathOfBytes } from './path-bytes.ts';

/** Reads the extended attributes of an entry; a text says what is wrong with them. Values are bytes, like paths. */
export function parseXattrs(blob: Uint8Array): ReadonlyMap<PathBytes, PathBytes> | string {
  const [version, count = 0] = blob;
  if (version !== 1) return 'its extended attributes are not of version 1';
  const found = new Map<PathBytes, PathBytes>();
  let previous = '';
  let at = 2;
  for (let index = 0; index < count; index += 1) {
    const keyEnd = at + 2 + (blob[at] ?? 0);
    const end = keyEnd + (blob[at + 1] ?? 0);
    if (at + 2 > blob.length || end > blob.length) return 'its extended attributes end too early';
    const key = pathOfBytes(blob.subarray(at + 2, keyEnd));
    if (key === '' || key.includes('\0')) return 'an extended attribute has no proper name';
    if (index > 0 && key <= previous) return 'its extended attributes are not sorted, or one is there twice';
    found.set(key, pathOfBytes(blob.subarray(keyEnd, end)));
    previous = key;
    at = end;
  }
  return at === blob.length ? found : 'there is something behind its extended attributes';
}
