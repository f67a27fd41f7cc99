import { Option } from '@commander-js/extra-typings';
import { activationLine, familyOfShell, shellFamilies } from '../../app/area/area-shell.ts';
import { offerModules } from '../../app/area/offer-modules.ts';
import { defineCommand } from '../command.ts';
import { findArea } from '../find-area.ts';
import { noWaitOption } from '../lock-options.ts';

/** `binfarm activate`: the line that a shell evaluates to have an area's software. */
export const command = defineCommand({
  changes: true,
  about:
    'A program cannot change the shell that runs it, so the line is printed for the shell to evaluate. With --modules the folder gets modulefiles for Environment Modules and Lmod, one for each release in it, and later changes keep them up to date; then "module load" does the rest.',
  examples: [
    'eval "$(binfarm activate ~/nova)"',
    'binfarm activate ~/nova --shell fish | source',
    'eval "$(binfarm activate ~/nova --modules)" && module load nova/2026.1',
  ],
  syntax: (syntax) =>
    syntax
      .argument('[area]', 'the folder (default: the one whose setup.sh was read)')
      .addOption(new Option('--shell <family>', 'the kind of shell (default: that of $SHELL)').choices(shellFamilies))
      .option('--modules', 'the line for "module use", after writing modulefiles where they are missing')
      .addOption(noWaitOption),
  run: async ({ arguments: [area], options: { shell, modules, wait }, dryRun }, context) => {
    const prefix = findArea(area, context.io);
    const family = shell ?? familyOfShell(context.io.environment.SHELL);
    if (modules) return { ...(await offerModules({ prefix, wait, dryRun }, context)), family };
    return { line: await activationLine({ prefix, family }), family };
  },
  text: ({ line }) => line,
});
