import { searchRecipes } from '../../app/recipes/search-recipes.ts';
import { isFarmError } from '../../core/farm-error.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import type { CommandContext } from '../command-context.ts';
import { countArgument } from '../read-count.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm search`: recipes by words. */
export const command = defineCommand({
  changes: false,
  about:
    'Looks into names, summaries and variants: of the farm’s recipes, of those that ship with binfarm, and of what "binfarm recipe import" has read. All words must be found.',
  examples: ['binfarm search hepmc', 'binfarm search event generator'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax.argument('<words...>', 'what to look for').option('--limit <n>', 'how many are shown', countArgument, 30),
  run: ({ arguments: [words], options: { limit } }, context) => {
    const farm = findFarm(context);
    return searchRecipes({ words, limit, ...(farm !== undefined && { farm }) }, context);
  },
  text: ({ found, total }, style) => {
    if (total === 0) return 'Nothing was found.';
    const rows = found.map(({ name, summary, from, variants }) => [
      style.strong(name),
      from === 'recipe' ? '' : style.faint(from),
      variants.length === 0 ? summary : `${summary} ${style.faint(`(${variants.join(', ')})`)}`,
    ]);
    const more = total - found.length;
    return [
      tableText(rows),
      ...(more > 0 ? [style.faint(`and ${formatCount(more, 'more', 'more')}: --limit`)] : []),
    ].join('\n');
  },
});

/** The farm folder, where there is one: searching needs none. */
function findFarm(context: CommandContext): string | undefined {
  try {
    return context.farm();
  } catch (error) {
    if (isFarmError(error, 'FARM_NOT_FOUND') && error.details.named === undefined) return undefined;
    throw error;
  }
}
