import { resolve } from 'node:path';
import { type ConvertSpackResult, convertSpackRecipe } from '../../app/recipes/convert-spack-recipe.ts';
import { type ImportSpackResult, importSpack } from '../../app/recipes/import-spack.ts';
import { FarmError } from '../../core/farm-error.ts';
import { formatBytes, formatCount, formatSeconds } from '../../core/format-quantity.ts';
import { resolveSettings } from '../../core/resolve-settings.ts';
import { defineCommand } from '../command.ts';
import type { Style } from '../style.ts';

const shownPackages = 20;

/** `binfarm recipe import`: recipes of another package manager, as an index or as a recipe to go on with. */
export const command = defineCommand({
  changes: true,
  about:
    'Reads a checkout of Spack, or of its package repository, without running any of it, and makes an index of all recipes that "binfarm search" looks into. With --package it writes one recipe in TypeScript into the farm; what could not be translated is marked TODO, and "binfarm recipe check" names it.',
  examples: [
    'binfarm recipe import spack ~/spack-packages',
    'binfarm recipe import spack --package yaml-cpp ~/spack-packages',
  ],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<kind>', 'whose recipes they are: spack')
      .argument('[directory]', 'the checkout; for --package, that of the last import where nothing is said')
      .option('--package <name>', 'write the recipe of one package into the farm')
      .option('--preferences <file>', 'a packages.yaml of Spack: preferred providers, and what is never built'),
  run: async ({ arguments: [kind, directory], options, dryRun }, context) => {
    if (kind !== 'spack') throw invalid(`there is no importer for "${kind}"`, 'The importers are: spack');
    const { cache } = resolveSettings(context.settingSources);
    const place = directory === undefined ? undefined : resolve(context.io.folder, directory);
    if (options.package !== undefined) {
      const request = { farm: context.farm(), name: options.package, cache, dryRun };
      return await convertSpackRecipe({ ...request, ...(place !== undefined && { directory: place }) });
    }
    if (place === undefined) throw invalid('no directory is given', 'binfarm recipe import spack DIRECTORY');
    const preferences =
      options.preferences === undefined ? {} : { preferences: resolve(context.io.folder, options.preferences) };
    return await importSpack({ directory: place, cache, dryRun, ...preferences }, context);
  },
  text: (value, style) => ('todos' in value ? recipeText(value, style) : indexText(value, style)),
});

function invalid(state: string, hint: string): FarmError {
  return new FarmError('ARGUMENT_INVALID', `Cannot import recipes: ${state}`, { hint });
}

function recipeText({ files, todos }: ConvertSpackResult, style: Style): string {
  const left =
    todos === 0 ? style.good('Nothing is left to be done.') : style.warn(`${formatCount(todos, 'place')} marked TODO.`);
  return [...files, `${left} Then: ${style.name('binfarm recipe check')}`].join('\n');
}

function indexText(value: ImportSpackResult, style: Style): string {
  const { packages, incomplete, unreadLines, incompletePackages } = value;
  const share = packages === 0 ? 100 : Math.floor((1000 * (packages - incomplete)) / packages) / 10;
  const shown = incompletePackages.slice(0, shownPackages).flatMap(({ name, file, unread }) => {
    const [first, ...more] = unread;
    const rest = more.length === 0 ? '' : ` (and ${formatCount(more.length, 'more line', 'more lines')})`;
    return first === undefined
      ? []
      : [`${style.warn('!')} ${name}: ${file}:${first.line} ${first.directive}: ${first.reason}${rest}`];
  });
  const hidden = incompletePackages.length - Math.min(shownPackages, incompletePackages.length);
  return [
    `${formatCount(packages, 'package')}, ${formatCount(value.versions, 'version')}, ${formatCount(value.dependencies, 'dependency', 'dependencies')}, ${formatCount(value.conflicts, 'conflict')} in ${formatSeconds(value.seconds)}`,
    `${share} % of the packages are complete; ${formatCount(unreadLines, 'line')} in ${formatCount(incomplete, 'package')} could not be read`,
    ...shown,
    ...(hidden > 0 ? [style.faint(`and ${formatCount(hidden, 'more package')}: see --json`)] : []),
    `${value.index} (${formatBytes(value.bytes)})`,
  ].join('\n');
}
