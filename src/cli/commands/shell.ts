import { runInArea } from '../../app/area/area-shell.ts';
import { defineCommand } from '../command.ts';
import { findArea } from '../find-area.ts';

/** `binfarm shell`: a shell, or one command, with an area's software set up. */
export const command = defineCommand({
  changes: false,
  about: 'Without a command it is the shell of $SHELL. The exit code is that of the command.',
  examples: ['binfarm shell ~/nova', 'binfarm shell ~/nova -- nova-analyse --help'],
  syntax: (syntax) =>
    syntax
      .argument('[area]', 'the folder (default: the one whose setup.sh was read)')
      .argument('[command...]', 'what is run; after "--" when it has options'),
  run: ({ arguments: [area, words] }, context) => {
    context.handOverTerminal();
    return runInArea({ prefix: findArea(area, context.io), command: words });
  },
  text: () => '',
  exitCode: ({ exitCode }) => exitCode,
});
