import { FarmError } from '../core/farm-error.ts';

const places = new Set(['prefix', 'source', 'build', 'jobs', 'root']);

/** Checks that every placeholder in a plan or a test will have a value: the five places, and direct dependencies.
 * @throws RECIPE_INVALID */
export function assertPlaceholders(value: unknown, dependencies: ReadonlySet<string>): void {
  if (typeof value === 'string') checkText(value, dependencies);
  else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) assertPlaceholders(item, dependencies);
  }
}

function checkText(text: string, dependencies: ReadonlySet<string>): void {
  for (const [whole, word, name] of text.matchAll(/@\{([a-z]+)(?::([^}]*))?\}/g)) {
    const known = word === 'dep' ? dependencies.has(name ?? '') : name === undefined && places.has(word ?? '');
    if (!known) throw unknownPlaceholder(whole);
  }
}

function unknownPlaceholder(whole: string): FarmError {
  return new FarmError(
    'RECIPE_INVALID',
    `Cannot use "${whole}" in a plan: the package has no such place or dependency`,
    {
      hint: 'Places are prefix, source, build, jobs and root; use dep("name") for the prefix of a dependency',
      details: { text: whole },
    },
  );
}
