import { previewStack } from '../../app/stack/preview-stack.ts';
import { defineCommand } from '../command.ts';
import { collect, frozenOption, lockedOption, lockModeOf } from '../lock-options.ts';
import { previewText } from '../render/preview-text.ts';

/** `binfarm plan`: what `binfarm build` would do; it changes nothing. */
export const command = defineCommand({
  changes: false,
  about: 'Times and sizes are those of the last build of each package. Nothing is changed, binfarm.lock neither.',
  examples: ['binfarm plan', 'binfarm plan generators --update hepmc3'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('[names...]', 'sets or packages; the whole stack without any')
      .option('--update <package>', 'let a package move to another version; may be given several times', collect)
      .option('--update-all', 'solve anew, whatever binfarm.lock says')
      .addOption(lockedOption)
      .addOption(frozenOption),
  run: ({ arguments: [names], options }, context) => {
    const move = options.updateAll ? 'all' : options.update;
    return previewStack(
      { farm: context.farm(), names, lock: lockModeOf(options), ...(move === undefined ? {} : { move }) },
      context,
    );
  },
  text: previewText,
});
