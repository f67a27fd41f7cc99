import { updateArea } from '../../app/bootstrap/update-area.ts';
import { defineCommand } from '../command.ts';
import { findArea } from '../find-area.ts';
import { insecureOption, noWaitOption } from '../lock-options.ts';
import { installText } from '../render/install-text.ts';
import { programLines } from '../render/program-text.ts';

/** `binfarm update`: an area follows its channel. */
export const command = defineCommand({
  changes: true,
  about:
    'Brings a folder of software to the release that its channel leads to now. It knows from its installation where releases come from.',
  examples: ['binfarm update', 'binfarm update ~/nova --dry-run'],
  syntax: (syntax) =>
    syntax
      .argument('[area]', 'the folder (default: the one whose setup.sh was read)')
      .addOption(insecureOption)
      .addOption(noWaitOption),
  run: ({ arguments: [area], options: { wait, insecure = false }, dryRun }, context) =>
    updateArea({ prefix: findArea(area, context.io), insecure, wait, dryRun, now: Date.now() }, context),
  text: (value, style) => [installText(value, style), ...programLines(value.binfarm)].join('\n'),
});
