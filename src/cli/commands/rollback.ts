import { rollBack } from '../../app/area/roll-back.ts';
import { defineCommand } from '../command.ts';
import { findArea } from '../find-area.ts';
import { noWaitOption } from '../lock-options.ts';
import { countArgument } from '../read-count.ts';

/** `binfarm rollback`: an earlier state of an area, at once. */
export const command = defineCommand({
  changes: true,
  about:
    'Makes the generation before the active one, or the one that is named, the active one. Nothing is fetched; running programs go on.',
  examples: ['binfarm rollback', 'binfarm rollback ~/nova --to 3'],
  syntax: (syntax) =>
    syntax
      .argument('[area]', 'the folder (default: the one whose setup.sh was read)')
      .option('--to <generation>', 'the number of a generation, as "binfarm list" shows them', countArgument)
      .addOption(noWaitOption),
  run: async ({ arguments: [area], options: { to, wait }, dryRun }, context) => {
    const request = {
      prefix: findArea(area, context.io),
      wait,
      dryRun,
      ...(to === undefined ? {} : { generation: to }),
    };
    return { dryRun, ...(await rollBack(request, context)) };
  },
  text: ({ area, from, to, added, removed, dryRun }, style) =>
    [
      ...removed.map((item) => style.bad(`  - ${item}`)),
      ...added.map((item) => style.good(`  + ${item}`)),
      `${dryRun ? 'Would switch' : 'Switched'} ${area} from generation ${from} to ${to}.`,
    ].join('\n'),
});
