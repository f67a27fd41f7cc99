import { removePackages } from '../../app/area/remove-packages.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { findArea } from '../find-area.ts';
import { noWaitOption } from '../lock-options.ts';

/** `binfarm remove`: packages out of use, never out from under others. */
export const command = defineCommand({
  changes: true,
  about:
    'Takes packages out of use, with what only they needed. The space comes back with "binfarm gc"; until then "binfarm rollback" brings them back.',
  examples: ['binfarm remove fastjet --area ~/nova', 'binfarm remove zlib --force --dry-run'],
  syntax: (syntax) =>
    syntax
      .argument('<names...>', 'packages')
      .option('--area <dir>', 'the folder (default: the one whose setup.sh was read)')
      .option('--force', 'also what needs them')
      .addOption(noWaitOption),
  run: async ({ arguments: [names], options: { area, force, wait }, dryRun }, context) => {
    const prefix = findArea(area, context.io);
    return { dryRun, ...(await removePackages({ prefix, names, force: force ?? false, wait, dryRun }, context)) };
  },
  text: ({ area, removed, kept, dryRun }, style) =>
    [
      ...removed.map((item) => style.bad(`  - ${item}`)),
      `${dryRun ? 'Would take' : 'Took'} ${formatCount(removed.length, 'package')} out of use in ${area}; ${kept.length} stay.`,
    ].join('\n'),
});
