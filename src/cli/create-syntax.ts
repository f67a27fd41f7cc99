import { Command as Syntax } from 'commander';
import type { BareSyntax, Command } from './command.ts';
import type { CommandEntry } from './command-table.ts';
import { commonOptions, settingOptions } from './common-options.ts';

/** The commander command of one of ours: its own arguments and options, those of its settings, and the common ones. */
export function createSyntax(entry: CommandEntry, command: Command): Syntax {
  const syntax = new Syntax(`binfarm ${entry.name}`).summary(entry.summary);
  const summary = `${entry.summary[0]!.toUpperCase()}${entry.summary.slice(1)}.`;
  syntax.description(command.about === undefined ? summary : `${summary}\n\n${command.about}`);
  command.syntax(syntax as unknown as BareSyntax);
  syntax.helpOption('-h, --help', 'show this page').showSuggestionAfterError(true).allowExcessArguments(false);
  for (const option of settingOptions(command.settings)) syntax.addOption(option);
  for (const option of commonOptions(command.changes)) syntax.addOption(option);
  if (command.examples.length > 0) {
    syntax.addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  ${line}`).join('\n')}`);
  }
  return syntax;
}
