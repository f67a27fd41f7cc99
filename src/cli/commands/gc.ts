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
  about:
    'Removes old generations, and packages that no generation uses any more, unless a program of this machine runs with them. With --dry-run it says what would go, and who uses what stays is in --json.',
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
    const running = kept.filter(({ usedBy, programs }) => usedBy.length === 0 && programs.length > 0);
    return [
      ...(rows.length > 0 ? [tableText(rows, { right: [0] })] : []),
      ...running.map(({ storeName, programs }) => `  ${storeName} stays: ${describePrograms(programs)}`),
      `${dryRun ? 'Would remove' : 'Removed'} ${formatBytes(bytes)} from ${area}; ${formatCount(kept.length, 'package')} in use by kept generations.`,
    ].join('\n');
  },
});

/** The first few programs that use a package. */
function describePrograms(programs: readonly { readonly pid: number; readonly command: string }[]): string {
  const first = programs.slice(0, 3).map(({ pid, command }) => `${command} (process ${pid})`);
  const more = programs.length > first.length ? ` and ${programs.length - first.length} more` : '';
  return `${first.join(', ')}${more} ${programs.length === 1 ? 'uses' : 'use'} it`;
}
