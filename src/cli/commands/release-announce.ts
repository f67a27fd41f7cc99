import { announceRelease } from '../../app/release/announce-release.ts';
import { defineCommand } from '../command.ts';
import { collect, noWaitOption } from '../lock-options.ts';
import { countArgument } from '../read-count.ts';
import { movedText } from '../render/moved-text.ts';

/** `binfarm release announce`: a channel moves to a release that verifies. */
export const command = defineCommand({
  changes: true,
  about:
    'Verifies the release once more, then moves latest, or the named channels, to it. Consumers refuse a channel older than they have seen.',
  examples: ['binfarm release announce 2026.1', 'binfarm release announce 2026.2-rc1 --channel testing'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<release>', 'the release')
      .option('--channel <name>', 'a channel to move; may be given several times (default: latest)', collect)
      .option('--expires <days>', 'after so many days consumers do not believe the channel any more', countArgument)
      .addOption(noWaitOption),
  run: async ({ arguments: [release], options: { channel, expires, wait }, dryRun }, context) => {
    const expiry = expires === undefined ? {} : { expiresInDays: expires };
    const request = {
      farm: context.farm(),
      release,
      channels: channel ?? ['latest'],
      moved: new Date().toISOString(),
      ...expiry,
      wait,
      dryRun,
    };
    return { dryRun, moves: await announceRelease(request, context) };
  },
  text: ({ dryRun, moves }, style) => movedText(moves, { dryRun, style }),
});
