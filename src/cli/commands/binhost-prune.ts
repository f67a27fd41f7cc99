import { prunePackages } from '../../app/binhost/prune-packages.ts';
import { resolveBinhost } from '../../app/farm/open-farm.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { noWaitOption } from '../lock-options.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm binhost prune`: space back from packages that nobody can want any more. */
export const command = defineCommand({
  changes: true,
  about:
    'Removes packages that neither the stack, as it is locked, nor any release in the binhost needs. Releases always stay whole.',
  examples: ['binfarm binhost prune --dry-run', 'binfarm binhost prune s3://nova/stack'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax.argument('[binhost]', 'a folder, oci:// or s3:// address (default: the farm’s own)').addOption(noWaitOption),
  run: async ({ arguments: [binhost], options: { wait }, dryRun }, context) => {
    const place = binhost === undefined ? {} : { location: resolveBinhost(context.io.folder, binhost) };
    return { dryRun, ...(await prunePackages({ farm: context.farm(), wait, dryRun, ...place }, context)) };
  },
  text: ({ removed, bytes, kept, dryRun, location }, style) => {
    const rows = removed.map(({ name, version = '', platform = '', bytes: size, buildHash }) => [
      `  ${style.strong(name)}`,
      version,
      platform,
      formatBytes(size),
      style.faint(buildHash.slice(0, 20)),
    ]);
    const sum = `${formatCount(removed.length, 'package')}, ${formatBytes(bytes)}; ${kept} stay: ${location}.`;
    return [
      ...(rows.length > 0 ? [tableText(rows, { right: [3] })] : []),
      `${dryRun ? 'Would remove' : 'Removed'} ${sum}`,
    ].join('\n');
  },
});
