import { withdrawRelease } from '../../app/release/withdraw-release.ts';
import { defineCommand } from '../command.ts';
import { noWaitOption } from '../lock-options.ts';
import { movedText } from '../render/moved-text.ts';

/** `binfarm release withdraw`: nobody new gets a release. */
export const command = defineCommand({
  changes: true,
  about:
    'Moves every channel that leads to the release to another one, and publishes a signed withdrawal: installing it by name is refused from then on, and updates say why. What is installed stays. A withdrawal is never taken back.',
  examples: [
    'binfarm release withdraw 2026.2 --to 2026.1 --reason "wrong field map"',
    'binfarm release withdraw 2026.1 --reason "unpatched openssl"',
  ],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<release>', 'the release that is not to be used any more')
      .option('--to <release>', 'the release that its channels are to lead to, and that people are told to use instead')
      .option('--reason <text>', 'why, for those who use it', '')
      .addOption(noWaitOption),
  run: async ({ arguments: [release], options: { to, reason, wait }, dryRun }, context) => {
    const instead = to === undefined ? {} : { to };
    const request = {
      farm: context.farm(),
      release,
      reason,
      ...instead,
      moved: new Date().toISOString(),
      wait,
      dryRun,
    };
    return { dryRun, ...(await withdrawRelease(request, context)) };
  },
  text: ({ dryRun, moves, leading, withdrawal }, style) =>
    [
      ...(moves.length === 0 ? [] : [movedText(moves, { dryRun, style })]),
      `${style.strong(withdrawal.name)} ${dryRun ? 'would be' : 'is'} withdrawn${withdrawal.reason === '' ? '' : `: ${withdrawal.reason}`}`,
      ...leading.map((name) =>
        style.warn(
          `${name} still leads to it, so nobody can install ${name}: binfarm release announce NAME --channel ${name}`,
        ),
      ),
    ].join('\n'),
});
