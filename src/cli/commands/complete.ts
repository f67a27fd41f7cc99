import { RootCommand } from '@bomb.sh/tab';
import { Argument } from '@commander-js/extra-typings';
import { defineCommand } from '../command.ts';

/** `binfarm complete SHELL`: the script that makes a shell ask binfarm for completions. */
export const command = defineCommand({
  changes: false,
  about:
    'The script goes into the file that the shell reads when it starts, or is read for one session as in the examples.',
  examples: ['source <(binfarm complete bash)', 'source <(binfarm complete zsh)', 'binfarm complete fish | source'],
  syntax: (syntax) =>
    syntax.addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'fish', 'zsh'] as const)),
  run: ({ arguments: [shell] }) => {
    new RootCommand().setup('binfarm', 'binfarm', shell); // it prints the script itself
    return { shell };
  },
  text: () => '',
});
