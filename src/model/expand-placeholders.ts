import { FarmError } from '../core/farm-error.ts';

/** What the placeholders of a plan stand for on one machine, in one build. */
export interface PlaceholderValues {
  /** The package's own prefix. */
  readonly prefix: string;
  /** The folder of the unpacked sources. */
  readonly source: string;
  /** A folder for what the build makes on the way. */
  readonly build: string;
  /** How many jobs a tool without a jobserver may start. */
  readonly jobs: string;
  /** The store's root. */
  readonly root: string;
  /** The prefix of a dependency by its name. */
  readonly dep: (name: string) => string | undefined;
}

/** Replaces `@{prefix}`, `@{source}`, `@{build}`, `@{jobs}`, `@{root}` and `@{dep:NAME}`.
 * @throws RECIPE_INVALID for any other `@{...}`. */
export function expandPlaceholders(text: string, values: PlaceholderValues): string {
  return text.replace(/@\{([a-z]+)(?::([^}]*))?\}/g, (whole, word: string, name: string | undefined) => {
    const value = word === 'dep' && name !== undefined ? values.dep(name) : plainValue(word, values);
    if (value === undefined) {
      throw new FarmError('RECIPE_INVALID', `Cannot expand "${whole}": the package has nothing of that name`);
    }
    return value;
  });
}

function plainValue(word: string, values: PlaceholderValues): string | undefined {
  switch (word) {
    case 'prefix':
    case 'source':
    case 'build':
    case 'jobs':
    case 'root':
      return values[word];
    default:
      return undefined;
  }
}
