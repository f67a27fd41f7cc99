import { collectGarbage } from '../../app/area/collect-garbage.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { findArea } from '../find-area.ts';
import { noWaitOption } from '../lock-options.ts';
import { countArgument } from '../read-count.ts';
import { tableText } from '../render/table-text.ts';

const keptByDefault = 2;

/** `binfarm gc`: space back in an area. */
export const command = defineCommand({
  changes: true,
  about: 'Removes old generations, and packages that no generation uses any more.',
  examples: ['binfarm gc --dry-run', 'binfarm gc ~/nova --keep 0'],
  syntax: (syntax) =>
    syntax
      .argument('[area]', 'the folder (default: the one whose setup.sh was read)')
      .option(
        '--keep <generations>',
        'how many generations beside the active one stay, for rollbacks',
        countArgument,
        keptByDefault,
      )
      .addOption(noWaitOption),
  run: async ({ arguments: [area], options: { keep, wait }, dryRun }, context) => {
    return { dryRun, ...(await collectGarbage({ prefix: findArea(area, context.io), keep, wait, dryRun }, context)) };
  },
  text: ({ area, removed, kept, bytes, dryRun }) => {
    const rows = removed.map((item) => [`  ${formatBytes(item.bytes)}`, item.name]);
    return [
      ...(rows.length > 0 ? [tableText(rows, { right: [0] })] : []),
      `${dryRun ? 'Would remove' : 'Removed'} ${formatBytes(bytes)} from ${area}; ${formatCount(kept.length, 'package')} in use by kept generations.`,
    ].join('\n');
  },
});
