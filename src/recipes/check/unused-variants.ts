import type { Recipe } from '../loaded-recipe.ts';

/** Variants that builders look at by themselves. */
const lookedAtByBuilders = new Set(['static']);

/** The variants of a recipe that nothing in its file names but their own declaration.
 * @param text the recipe's file */
export function findUnusedVariants({ metadata }: Recipe, text: string): string[] {
  return metadata.variants
    .map(({ name }) => name)
    .filter((name) => !lookedAtByBuilders.has(name) && countNames(text, name) < 2);
}

function countNames(text: string, name: string): number {
  const plain = name.replace(/[-.]/g, '\\$&');
  return [...text.matchAll(new RegExp(`(?<![\\w-])${plain}(?![\\w-])`, 'g'))].length;
}
