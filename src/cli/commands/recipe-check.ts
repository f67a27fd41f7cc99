import { checkRecipes, type RecipeFinding } from '../../app/recipes/check-recipes.ts';
import { formatPlace } from '../../core/farm-error.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import type { Style } from '../style.ts';

/** `binfarm recipe check`: whether recipes are finished. */
export const command = defineCommand({
  changes: false,
  about:
    'Loads recipes and looks at what they say: licence, homepage, addresses and checksums of sources, dependencies that nobody has, variants that change nothing, tests, and places marked TODO. Without names it checks all recipes of the farm itself. The exit code is 1 when one is not finished.',
  examples: ['binfarm recipe check', 'binfarm recipe check hepmc3'],
  syntax: (syntax) => syntax.argument('[names...]', 'recipes; without names, all of the farm'),
  run: ({ arguments: [names] }, context) => checkRecipes({ farm: context.farm(), names }, context),
  text: ({ checked, findings }, style) => {
    const errors = findings.filter(({ level }) => level === 'error').length;
    const counts = `${formatCount(errors, 'error')}, ${formatCount(findings.length - errors, 'warning')}`;
    const verdict =
      errors > 0 ? style.bad(counts) : findings.length > 0 ? style.warn(counts) : style.good('all is well');
    return [
      ...findings.map((finding) => findingText(finding, style)),
      `${formatCount(checked.length, 'recipe')}: ${verdict}`,
    ].join('\n');
  },
  exitCode: ({ findings }) => (findings.some(({ level }) => level === 'error') ? 1 : 0),
});

function findingText({ recipe, level, says, place, hint }: RecipeFinding, style: Style): string {
  const sign = level === 'error' ? style.bad('✗') : style.warn('!');
  const lines = [`${sign} ${style.strong(recipe)}: ${says}`];
  if (place !== undefined) lines.push(`  ${style.faint(formatPlace(place))}`);
  if (hint !== undefined) lines.push(`  ${style.good('do:')} ${hint}`);
  return lines.join('\n');
}
