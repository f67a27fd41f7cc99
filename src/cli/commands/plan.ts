import { Option } from '@commander-js/extra-typings';
import { previewStack } from '../../app/stack/preview-stack.ts';
import { defineCommand } from '../command.ts';
import { collect, freshOption, frozenOption, lockedOption, lockModeOf } from '../lock-options.ts';
import { criteriaText } from '../render/criteria-text.ts';
import { previewText } from '../render/preview-text.ts';

const explainOption = new Option(
  '--explain',
  'say what the solution is judged by, what it costs, and which packages cause that',
).conflicts(['locked', 'frozen']);

/** `binfarm plan`: what `binfarm build` would do; it changes nothing. */
export const command = defineCommand({
  changes: false,
  about: 'Times and sizes are those of the last build of each package. Nothing is changed, binfarm.lock neither.',
  examples: ['binfarm plan', 'binfarm plan generators --update hepmc3', 'binfarm plan --explain'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('[names...]', 'sets or packages; the whole stack without any')
      .option('--update <package>', 'let a package move to another version; may be given several times', collect)
      .option('--update-all', 'let every package move to its best version')
      .addOption(freshOption)
      .addOption(explainOption)
      .addOption(lockedOption)
      .addOption(frozenOption),
  run: ({ arguments: [names], options }, context) => {
    const move = options.updateAll ? 'all' : options.update;
    return previewStack(
      {
        farm: context.farm(),
        names,
        lock: lockModeOf(options),
        fresh: options.fresh ?? false,
        explain: options.explain ?? false,
        ...(move === undefined ? {} : { move }),
      },
      context,
    );
  },
  text: (preview, style) => {
    const criteria = Object.entries(preview.criteria ?? {}).map(
      ([platform, costs]) => `${criteriaText(platform, costs, style)}\n`,
    );
    return [...criteria, previewText(preview, style)].join('\n');
  },
});
