import { RootCommand } from '@bomb.sh/tab';
import type { Option } from 'commander';
import { type CommandEntry, commandTable } from './command-table.ts';
import { createSyntax } from './create-syntax.ts';
import { findCommand } from './find-command.ts';

/** Prints what can come next in a line, for the shell's completion script (`binfarm complete -- WORDS`).
 * Every command's name is offered, but only the file of the one being typed is loaded. */
export async function completeLine(words: readonly string[]): Promise<void> {
  const root = new RootCommand();
  const current = commandOf(words);
  for (const entry of commandTable) {
    const completion = root.command(entry.name, entry.summary);
    if (entry !== current) continue;
    const syntax = createSyntax(entry, (await entry.load()).command);
    for (const option of syntax.options.filter(({ hidden, long }) => !hidden && long !== undefined)) {
      const name = option.long!.slice(2);
      if (takesValue(option))
        completion.option(name, option.description, offer(option.argChoices ?? []), letterOf(option));
      else completion.option(name, option.description, letterOf(option));
    }
    for (const argument of syntax.registeredArguments) {
      completion.argument(argument.name(), offer(argument.argChoices ?? []), argument.variadic);
    }
  }
  root.parse([...words]);
}

function commandOf(words: readonly string[]): CommandEntry | undefined {
  try {
    const found = findCommand(words, commandTable);
    return found.kind === 'command' ? found.entry : undefined;
  } catch {
    return undefined; // a name that is only half typed
  }
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function letterOf(option: Option): string {
  return option.short?.slice(1) ?? '';
}

function offer(values: readonly string[]): (complete: (value: string, description: string) => void) => void {
  return (complete) => {
    for (const value of values) complete(value, '');
  };
}
