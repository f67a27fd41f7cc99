const longestPath = 1024;
const longestName = 255;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const refused = /[\x00-\x1f\x7f]|(^|\/)(\.{1,2}|\.wh\.[^/]*)?(\/|$)|^\.binfarm(\/|$)|[\ud800-\udfff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule is about bytes above 0x7f
const onlyAscii = /^[\x00-\x7f]*$/;

/** True for a path that an entry of a package can have: relative, normalised (no empty part, `.` or `..`), without control characters, not in binfarm's own folder,
 * no name with the `.wh.` that means "deleted" in a layer, at most 1024 bytes and 255 for each name. */
export function isSafePath(path: string): boolean {
  if (path.length > longestPath || (refused.test(path) && isRefused(path))) return false;
  const isAscii = onlyAscii.test(path);
  if (!isAscii && Buffer.byteLength(path) > longestPath) return false;
  return (
    (isAscii && path.length <= longestName) || path.split('/').every((name) => Buffer.byteLength(name) <= longestName)
  );
}

/** A character beyond the basic plane is two surrogates, of which only lone ones are refused. */
function isRefused(path: string): boolean {
  return !path.isWellFormed() || refused.test(path.replace(/[\ud800-\udfff]/g, 'x'));
}

/** Orders paths by their bytes, as the entries of a package are. */
export function comparePaths(a: string, b: string): number {
  // Code units and bytes order alike unless there is a character beyond the basic plane.
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

const surrogate = /[\ud800-\udfff]/;
