import { verifyPackages } from '../../app/package/verify-packages.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';

/** `binfarm package verify`: whether packages still are what was signed. */
export const command = defineCommand({
  changes: false,
  about: 'Reads packages of the stack, and all that they need, again: presence, signature, and every digest.',
  examples: ['binfarm package verify', 'binfarm package verify zlib'],
  settings: ['cache'],
  syntax: (syntax) => syntax.argument('[names...]', 'sets or packages; the whole stack without any'),
  run: ({ arguments: [names] }, context) => verifyPackages({ farm: context.farm(), names }, context),
  text: ({ packages, problems }, style) => {
    const bytes = packages.reduce((sum, item) => sum + (item.bytes ?? 0), 0);
    return [
      ...packages.flatMap(({ storeName, problem }) =>
        problem === undefined ? [] : [`${style.bad('✗')} ${storeName}: ${problem}`],
      ),
      problems === 0
        ? `${style.good('✓')} ${formatCount(packages.length, 'package')}, ${formatBytes(bytes)}, all as signed.`
        : `${formatCount(problems, 'package')} of ${packages.length} cannot be used.`,
    ].join('\n');
  },
  exitCode: ({ problems }) => (problems === 0 ? 0 : 1),
});
