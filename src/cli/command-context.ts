import type { Emit } from '../core/events.ts';
import type { SettingSources } from '../core/resolve-settings.ts';
import type { ConsoleIo } from './console-io.ts';
import { findFarmFolder } from './find-farm-folder.ts';
import type { CliEvent } from './render/cli-event.ts';

/** What a command has beside its request. */
export interface CommandContext {
  readonly io: ConsoleIo;
  readonly emit: Emit<CliEvent>;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** The farm folder, looked for when it is asked for.
   * @throws FARM_NOT_FOUND */
  readonly farm: () => string;
  /** Flags and variables, to be joined with the stack file's settings. */
  readonly settingSources: SettingSources;
  /** To be called before another program gets the terminal: progress is no longer shown, and Ctrl-C is that program's. */
  readonly handOverTerminal: () => void;
}

/** Makes the context of one command. */
export function createCommandContext(
  io: ConsoleIo,
  options: { readonly farm?: string; readonly flags: NonNullable<SettingSources['flags']> },
  work: Pick<CommandContext, 'emit' | 'signal' | 'handOverTerminal'>,
): CommandContext {
  const settingSources: SettingSources = { flags: options.flags, environment: io.environment };
  return {
    io,
    ...work,
    farm: () => findFarmFolder(io.folder, options.farm),
    settingSources,
  };
}
