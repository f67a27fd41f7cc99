import type { Command as Syntax } from '@commander-js/extra-typings';
import type { SettingName } from '../core/settings.ts';
import type { CommandContext } from './command-context.ts';
import type { Style } from './style.ts';

/** A commander command without arguments and options yet. */
// biome-ignore lint/complexity/noBannedTypes: `{}` is what commander's own types call "no options"
export type BareSyntax = Syntax<[], {}, {}>;

/** What was typed, parsed by the command's syntax. */
export interface CommandRequest<Arguments, Options> {
  readonly arguments: Arguments;
  readonly options: Options;
  /** True when the user wants to see what would be done; always false for commands that change nothing. */
  readonly dryRun: boolean;
}

/** A command as data: how it is typed, which use case it calls, and how the value reads. Neither `run` nor `text` prints. */
export interface CommandDefinition<Arguments extends readonly unknown[], Options, Value> {
  /** A paragraph for `--help`, below the summary of the command table. */
  readonly about?: string;
  /** Lines that can be typed, for `--help` and the reference page. */
  readonly examples?: readonly string[];
  /** True for a command that changes something; it then has `--dry-run`. */
  readonly changes: boolean;
  /** The settings whose flags it takes. */
  readonly settings?: readonly SettingName[];
  /** Declares arguments and options; the types of the request follow from it. */
  readonly syntax: (command: BareSyntax) => { readonly opts: () => Options; readonly processedArgs: Arguments };
  /** Calls the use case and gives its value, which is what `--json` prints. */
  readonly run: (request: CommandRequest<Arguments, Options>, context: CommandContext) => Promise<Value> | Value;
  /** How the value reads for people, without a final newline. */
  readonly text: (value: Value, style: Style) => string;
  /** The exit code of a value; 0 where this is absent. */
  readonly exitCode?: (value: Value) => number;
}

/** What a command came to: the value, how it reads, and the exit code. */
export interface CommandOutcome {
  readonly value: unknown;
  readonly text: (style: Style) => string;
  readonly exitCode: number;
}

/** A command whose types are closed over, so that commands of all types fit in one table. */
export interface Command {
  readonly about: string | undefined;
  readonly examples: readonly string[];
  readonly changes: boolean;
  readonly settings: readonly SettingName[];
  readonly syntax: (command: BareSyntax) => void;
  /** Runs on a commander command that `syntax` was applied to and that has parsed the arguments. */
  readonly execute: (parsed: BareSyntax, context: CommandContext) => Promise<CommandOutcome>;
}

/** Makes a command of its definition; every file in `commands/` exports one as `command`. */
export function defineCommand<Arguments extends readonly unknown[], Options, Value>(
  definition: CommandDefinition<Arguments, Options, Value>,
): Command {
  return {
    about: definition.about,
    examples: definition.examples ?? [],
    changes: definition.changes,
    settings: definition.settings ?? [],
    syntax: (command) => {
      definition.syntax(command);
    },
    execute: async (parsed, context) => {
      const options: unknown = parsed.opts();
      const request = {
        arguments: parsed.processedArgs as readonly unknown[] as Arguments,
        options: options as Options,
        dryRun: (options as { dryRun?: boolean }).dryRun ?? false,
      };
      const value = await definition.run(request, context);
      return {
        value,
        text: (style) => definition.text(value, style),
        exitCode: definition.exitCode?.(value) ?? 0,
      };
    },
  };
}
