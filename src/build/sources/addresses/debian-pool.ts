import { FarmError } from '../../../core/farm-error.ts';
import type { AptBase } from './parse-apt-sources.ts';

/** The addresses that a source archive can have in the pools of some apt bases: for each base its components, `main` first.
 * The archive of security updates has its pool one folder deeper.
 * @throws RECIPE_INVALID when the file is not named `<source>_<version>.orig.tar.<compression>`. */
export function debianPoolUrls(file: string, bases: readonly AptBase[]): string[] {
  const match =
    /^([a-z0-9][a-z0-9+.-]+)_[A-Za-z0-9.+~-]+\.(?:orig(?:-[A-Za-z0-9-]+)?\.)?tar\.(?:gz|xz|bz2|lzma|zst)$/.exec(file);
  if (match === null) {
    throw new FarmError(
      'RECIPE_INVALID',
      `Cannot look for "${file}" in a Debian pool: it is not named as sources are there`,
      {
        hint: 'Write it as in the pool: "hepmc3_3.1.2.orig.tar.gz"',
      },
    );
  }
  const source = match[1]!;
  const folder = source.slice(0, source.startsWith('lib') ? 4 : 1);
  return bases.flatMap(({ uri, components, securityOnly }) => {
    const pool = securityOnly ? `${uri}/pool/updates` : `${uri}/pool`;
    return components
      .toSorted((a, b) => Number(b === 'main') - Number(a === 'main'))
      .map((component) => `${pool}/${component}/${folder}/${source}/${encodeURIComponent(file)}`);
  });
}
