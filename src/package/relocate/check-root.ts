import { posix } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';

// What a shell, make, pkg-config, PATH or an interpreter line would take apart.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are refused too
const unusable = /[\x00-\x20\x7f:;"'`\\$&|<>()[\]{}*?!#~^=]|\s/;

/** Checks that packages which were built for one store root can be installed at another.
 * @throws PREFIX_TOO_LONG, with the number of bytes that are too many; PATH_UNSAFE when scripts and search paths could not carry it. */
export function checkRoot(root: string, builtFor: string): void {
  const most = Buffer.byteLength(builtFor);
  const tooMany = Buffer.byteLength(root) - most;
  if (!root.startsWith('/') || root === '/' || posix.normalize(root) !== root || root.endsWith('/')) {
    throw new FarmError('PATH_UNSAFE', `Cannot install at "${root}": it is not an absolute path in its simplest form`, {
      hint: 'Use a path such as "/opt/nova", without ".", ".." or a slash at the end',
    });
  }
  const [character] = unusable.exec(root) ?? [];
  if (character !== undefined) {
    throw new FarmError(
      'PATH_UNSAFE',
      `Cannot install at "${root}": scripts cannot carry the character "${character}"`,
      {
        hint: 'Choose a path of letters, digits and "/", "-", "_", ".", "+", "@", ","',
      },
    );
  }
  if (tooMany > 0) {
    throw new FarmError(
      'PREFIX_TOO_LONG',
      `Cannot install at "${root}": it is ${tooMany} ${tooMany === 1 ? 'byte' : 'bytes'} too long`,
      {
        hint: `These packages can be installed at paths of at most ${most} bytes; choose a shorter one, or build with a larger prefix_length`,
        details: { tooMany, most },
      },
    );
  }
}
