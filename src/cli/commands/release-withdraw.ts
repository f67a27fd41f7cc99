import { withdrawRelease } from '../../app/release/announce-release.ts';
import { defineCommand } from '../command.ts';
import { noWaitOption } from '../lock-options.ts';
import { movedText } from '../render/moved-text.ts';

/** `binfarm release withdraw`: nobody new gets a release. */
export const command = defineCommand({
  changes: true,
  about:
    'Moves every channel that leads to the release to another one. What is installed stays; the next install goes back.',
  examples: ['binfarm release withdraw 2026.2 --to 2026.1'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<release>', 'the release that is not to be used any more')
      .requiredOption('--to <release>', 'the release that its channels are to lead to instead')
      .addOption(noWaitOption),
  run: async ({ arguments: [release], options: { to, wait }, dryRun }, context) => {
    const request = { farm: context.farm(), release, to, moved: new Date().toISOString(), wait, dryRun };
    return { dryRun, moves: await withdrawRelease(request, context) };
  },
  text: ({ dryRun, moves }, style) => movedText(moves, { dryRun, style }),
});
