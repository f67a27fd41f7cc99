import { FarmError } from '../core/farm-error.ts';
import { byteStringOf } from './root-node.ts';

const longestName = 255;
const longestPath = 4096;

/** Splits a path of a root tree into names, as byte strings; none for the root itself.
 * @throws ARCHIVE_UNSAFE when it is not a path as `RootEntry` says, or Linux could not hold it */
export function splitRootPath(path: string, layer: string): readonly string[] {
  if (path === '') return [];
  const bytes = byteStringOf(path);
  const names = bytes.split('/');
  const wrong = names.some((name) => name === '' || name === '.' || name === '..' || name.length > longestName);
  if (!wrong && bytes.length <= longestPath && !bytes.includes('\0')) return names;
  throw new FarmError(
    'ARCHIVE_UNSAFE',
    `Cannot use the path ${JSON.stringify(path.slice(0, 300))} of ${layer}: it is not one below the root, or is too long`,
  );
}
