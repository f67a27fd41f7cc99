import { FarmError } from '../core/farm-error.ts';

/** A package's name: lower-case letters, digits, `-`, `_`, `.`, beginning with a letter or digit, at most 64 characters. */
export type PackageName = string & { readonly __brand: 'PackageName' };

/** The identity of a built package: 64 lower-case hexadecimal digits. */
export type BuildHash = string & { readonly __brand: 'BuildHash' };

const packageName = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

/** True when a text can name a package. */
export function isPackageName(text: string): text is PackageName {
  return packageName.test(text) && !text.includes('..');
}

/** Parses a package name.
 * @throws NAME_INVALID */
export function parsePackageName(text: string): PackageName {
  if (isPackageName(text)) return text;
  throw new FarmError(
    'NAME_INVALID',
    `Cannot use "${text}" as a package name: it has characters that are not allowed`,
    {
      hint: 'A name has lower-case letters, digits, "-", "_" and ".", and begins with a letter or digit',
    },
  );
}

/** True when a text is a build hash. */
export function isBuildHash(text: string): text is BuildHash {
  return /^[0-9a-f]{64}$/.test(text);
}
