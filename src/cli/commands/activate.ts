import { Option } from '@commander-js/extra-typings';
import { activationLine, familyOfShell, shellFamilies } from '../../app/area/area-shell.ts';
import { defineCommand } from '../command.ts';
import { findArea } from '../find-area.ts';

/** `binfarm activate`: the line that a shell evaluates to have an area's software. */
export const command = defineCommand({
  changes: false,
  about: 'A program cannot change the shell that runs it, so the line is printed for the shell to evaluate.',
  examples: ['eval "$(binfarm activate ~/nova)"', 'binfarm activate ~/nova --shell fish | source'],
  syntax: (syntax) =>
    syntax
      .argument('[area]', 'the folder (default: the one whose setup.sh was read)')
      .addOption(new Option('--shell <family>', 'the kind of shell (default: that of $SHELL)').choices(shellFamilies)),
  run: async ({ arguments: [area], options: { shell } }, { io }) => {
    const family = shell ?? familyOfShell(io.environment.SHELL);
    return { line: await activationLine({ prefix: findArea(area, io), family }), family };
  },
  text: ({ line }) => line,
});
