import { pruneImages } from '../../app/image/prune-images.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { atOption } from '../image-options.ts';
import { countArgument } from '../read-count.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm image prune`: images of releases that are gone. */
export const command = defineCommand({
  changes: true,
  about:
    'Removes images of releases that the farm does not have any more or has withdrawn, and with --keep those of older releases. What binfarm did not make of a release of this farm stays.',
  examples: [
    'binfarm image prune --dry-run',
    'binfarm image prune nova/full --keep 5 --at oci://registry.example.org/nova',
  ],
  syntax: (syntax) =>
    syntax
      .argument('[image]', 'its name (default: all)')
      .option('--keep <n>', 'only the images of so many of the newest releases stay', countArgument)
      .addOption(atOption()),
  run: async ({ arguments: [name], options: { at, keep }, dryRun }, context) => {
    const given = {
      ...(name === undefined ? {} : { name }),
      ...(at === undefined ? {} : { at }),
      ...(keep === undefined ? {} : { keep }),
    };
    return {
      dryRun,
      ...(await pruneImages({ farm: context.farm(), folder: context.io.folder, dryRun, ...given }, context)),
    };
  },
  text: ({ removed, kept, location, dryRun }, style) => {
    const rows = removed.map(({ name, tag, reason }) => [`  ${style.strong(`${name}:${tag}`)}`, reason]);
    return [
      ...(rows.length > 0 ? [tableText(rows)] : []),
      `${dryRun ? 'Would remove' : 'Removed'} ${formatCount(removed.length, 'image')}; ${kept} stay: ${location}`,
    ].join('\n');
  },
});
