import { FarmError } from '../../core/farm-error.ts';

const longest = 60;

/** The name of a repository: letters, digits, `-`, `_` and `.`, at most 60 characters, with a dot in it: `sw.nova.example.org`. */
export type RepositoryName = string & { readonly __brand: 'RepositoryName' };

/** Parses the name of a repository.
 * @throws NAME_INVALID */
export function parseRepositoryName(text: string): RepositoryName {
  const problem = problemOf(text);
  if (problem === undefined) return text as RepositoryName;
  throw new FarmError('NAME_INVALID', `Cannot use "${text.slice(0, 100)}" as the name of a repository: ${problem}`, {
    hint: `A name is like a host's, of letters, digits, "-", "_" and ".", at most ${longest} characters: sw.nova.example.org`,
  });
}

function problemOf(text: string): string | undefined {
  if (text.length > longest) return `it has ${text.length} characters, and ${longest} are the most`;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text)) return 'it has characters that are not allowed';
  if (text.includes('..') || text.endsWith('.')) return 'it has an empty part';
  return undefined;
}

/** Where clients mount a repository. */
export function mountPathOf(name: RepositoryName): string {
  return `/cvmfs/${name}`;
}
