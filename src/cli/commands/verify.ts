import { type InstalledCheck, verifyArea } from '../../app/area/verify-area.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { findArea } from '../find-area.ts';
import type { Style } from '../style.ts';

const mostShown = 10;

/** `binfarm verify`: whether what is installed still is what was installed; needs no farm. */
export const command = defineCommand({
  changes: false,
  about:
    'Reads every file of the packages in use again, and compares it with what was written when it was installed. Files that were added are told, and do no harm.',
  examples: [
    'binfarm verify ~/nova',
    'binfarm verify ~/nova root',
    'binfarm verify ~/nova --repair && binfarm update ~/nova',
  ],
  syntax: (syntax) =>
    syntax
      .argument('[area]', 'the folder (default: the one whose setup.sh was read)')
      .argument('[packages...]', 'names of packages, or of their folders in the store; all that are in use without any')
      .option(
        '--repair',
        'believe no more in what was changed, so that the next update or install writes it anew',
        false,
      )
      .option('--no-wait', 'fail at once when another process is changing the area'),
  run: ({ arguments: [area, names], options: { repair, wait } }, context) =>
    verifyArea({ prefix: findArea(area, context.io), names, repair, wait, command: 'binfarm verify' }, context),
  text: ({ area, packages, damaged, forgotten }, style) => {
    const bytes = packages.reduce((sum, item) => sum + item.bytes, 0);
    const read = `${formatCount(packages.length, 'package')}, ${formatBytes(bytes)}`;
    return [
      ...packages.flatMap((item) => faultLines(item, style)),
      damaged.length === 0
        ? `${style.good('✓')} ${read}: all as installed.`
        : `${formatCount(damaged.length, 'package')} of ${read} changed since the installation.`,
      ...(forgotten.length > 0 ? [`The next "binfarm update ${area}", or install, writes them anew.`] : []),
    ].join('\n');
  },
  exitCode: ({ damaged, forgotten }) => (damaged.length === forgotten.length ? 0 : 1),
});

function faultLines({ storeName, faults, problem }: InstalledCheck, style: Style): string[] {
  if (problem !== undefined) return [`${style.bad('✗')} ${storeName}: ${problem}`];
  const shown = faults.slice(0, mostShown).map(({ path, state }) => {
    const sign = state === 'unexpected' ? style.faint('+') : style.bad('✗');
    return `${sign} ${storeName}: ${path} is ${state}`;
  });
  return faults.length > mostShown ? [...shown, `  and ${faults.length - mostShown} more`] : shown;
}
