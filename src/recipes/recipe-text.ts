import { FarmError, type Place } from '../core/farm-error.ts';

/** A recipe file's text, for finding where something in it was written. */
export interface RecipeText {
  readonly file: string;
  readonly text: string;
}

/** The place of the last of `words` in a recipe file, each searched behind the one before; the file alone when none is found.
 * Recipes are programs, so this is where a reader should look first, not a proof. */
export function placeInRecipe({ file, text }: RecipeText, words: readonly string[]): Place {
  let found = -1;
  let from = 0;
  for (const word of words) {
    const at = indexOfWord(text, word, from);
    if (at < 0) continue;
    found = at;
    from = at + word.length;
  }
  return found < 0 ? { file } : { file, ...lineAndColumn(text, found) };
}

/** The error of a recipe that breaks a rule, with the place of `words`. */
export function recipeInvalid(
  source: RecipeText,
  state: string,
  options: { readonly words: readonly string[]; readonly hint?: string; readonly cause?: unknown },
): FarmError {
  const { words, ...rest } = options;
  return new FarmError('RECIPE_INVALID', `Cannot use recipe "${source.file}": ${state}`, {
    place: placeInRecipe(source, words),
    ...rest,
  });
}

/** Prefers an occurrence that is not a part of a longer word. */
function indexOfWord(text: string, word: string, from: number): number {
  const isPart = (character: string | undefined) => character !== undefined && /[\w-]/.test(character);
  for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isPart(text[at - 1]) && !isPart(text[at + word.length])) return at;
  }
  return text.indexOf(word, from);
}

function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
