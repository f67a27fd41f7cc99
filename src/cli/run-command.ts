import { CommanderError, type Command as Syntax } from 'commander';
import { FarmError } from '../core/farm-error.ts';
import type { BareSyntax, CommandOutcome } from './command.ts';
import { createCommandContext } from './command-context.ts';
import type { CommandEntry } from './command-table.ts';
import { type CommonOptions, settingFlags } from './common-options.ts';
import { type ConsoleIo, writeOut } from './console-io.ts';
import { createSyntax } from './create-syntax.ts';
import { openRenderer, type Renderer } from './render/open-renderer.ts';
import { styleFor } from './style.ts';
import { watchSignals } from './watch-signals.ts';

/** Loads a command, parses its arguments, runs it under a renderer and writes its result; gives the exit code.
 * @throws ARGUMENT_INVALID, and whatever the command throws */
export async function runCommand(entry: CommandEntry, argv: readonly string[], io: ConsoleIo): Promise<number> {
  const { command } = await entry.load();
  const syntax = createSyntax(entry, command);
  const help = parse(syntax, argv);
  if (help !== undefined) {
    await writeOut(io.stdout, help);
    return 0;
  }
  const options = syntax.opts<CommonOptions & Record<string, unknown>>();
  const flags = settingFlags(command.settings, options, (name) => syntax.getOptionValueSource(name) === 'cli');
  const renderer = openRenderer(io, options);
  const signals = watchSignals(renderer);
  try {
    const context = createCommandContext(
      io,
      { flags, ...(options.farm === undefined ? {} : { farm: options.farm }) },
      {
        emit: renderer.emit,
        signal: signals.signal,
        handOverTerminal: () => {
          renderer.restore();
          signals.leaveInterrupts();
        },
      },
    );
    const outcome = await command.execute(syntax as unknown as BareSyntax, context);
    await renderer.close();
    await writeOutcome(outcome, options, { io, renderer });
    return outcome.exitCode;
  } catch (error) {
    await renderer.close();
    if (signals.exitCode !== undefined) {
      await writeOut(io.stderr, 'Stopped.\n');
      return signals.exitCode;
    }
    await renderer.takeError(error);
    throw error;
  } finally {
    signals.close();
  }
}

/** Parses a line; gives the help page if that is what it asks for. */
function parse(syntax: Syntax, argv: readonly string[]): string | undefined {
  let written = '';
  syntax.exitOverride();
  syntax.configureOutput({
    writeOut: (text) => {
      written += text;
    },
    writeErr: () => {},
  });
  try {
    syntax.parse(argv, { from: 'user' });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return written;
    throw translateUsageError(error, syntax.name());
  }
}

/** Says what commander found wrong with a line in the words of our errors. */
function translateUsageError(error: CommanderError, name: string): FarmError {
  const [problem = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  return new FarmError('ARGUMENT_INVALID', `Cannot run "${name}": ${problem}`, {
    hint: suggestion?.replace(/^\((.*)\)$/, '$1') ?? `Type "${name} --help" to see what it takes`,
  });
}

async function writeOutcome(
  outcome: CommandOutcome,
  options: CommonOptions,
  { io, renderer }: { readonly io: ConsoleIo; readonly renderer: Renderer },
): Promise<void> {
  if (renderer.takesResult) {
    await renderer.takeResult(outcome.value);
    return;
  }
  const text = options.json
    ? JSON.stringify(outcome.value ?? null, null, 2)
    : outcome.text(styleFor(io.stdout, io.environment, options.color));
  await writeOut(io.stdout, text === '' || text.endsWith('\n') ? text : `${text}\n`);
}
