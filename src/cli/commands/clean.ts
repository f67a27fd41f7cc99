import { cleanFarm } from '../../app/farm/clean-farm.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { noWaitOption } from '../lock-options.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm clean`: space back, without losing anything that cannot be made again. */
export const command = defineCommand({
  changes: true,
  about: 'Removes kept build folders and unpacked packages. The binhost, the ledger, logs and keys always stay.',
  examples: ['binfarm clean --dry-run', 'binfarm clean --all'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .option('--all', 'also the sources and bases in the cache, which other farms of yours may share')
      .addOption(noWaitOption),
  run: async ({ options: { all, wait }, dryRun }, context) => {
    return { dryRun, ...(await cleanFarm({ farm: context.farm(), all: all ?? false, wait, dryRun }, context)) };
  },
  text: ({ removed, bytes, dryRun }, style) => {
    const rows = removed.map((item) => [`  ${formatBytes(item.bytes)}`, item.what, style.faint(item.path)]);
    const sum = `${formatCount(removed.length, 'folder')}, ${formatBytes(bytes)}`;
    return [
      ...(rows.length > 0 ? [tableText(rows, { right: [0] })] : []),
      dryRun ? `Would remove ${sum}.` : `Removed ${sum}.`,
    ].join('\n');
  },
});
