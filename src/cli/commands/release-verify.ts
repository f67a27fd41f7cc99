import { checkRelease } from '../../app/release/list-releases.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';

/** `binfarm release verify`: whether a release still is what it says. */
export const command = defineCommand({
  changes: false,
  about: 'Reads every package of the release again: presence, signature, every digest, and that all fit into one view.',
  examples: ['binfarm release verify latest'],
  settings: ['cache'],
  syntax: (syntax) => syntax.argument('<release>', 'a release or a channel'),
  run: ({ arguments: [name] }, context) => checkRelease({ farm: context.farm(), name }, context),
  text: ({ release, packages, bytes, faults }, style) =>
    [
      ...faults.map(({ platform, subject, says }) => `${style.bad('✗')} ${subject} ${says}  ${style.faint(platform)}`),
      faults.length === 0
        ? `${style.good('✓')} ${release}: ${formatCount(packages, 'package')}, ${formatBytes(bytes)}, all as signed.`
        : `${release} is not what it says: ${formatCount(faults.length, 'fault')}.`,
    ].join('\n'),
  exitCode: ({ faults }) => (faults.length === 0 ? 0 : 1),
});
