import type { Emit } from '../../core/events.ts';
import type { CommonOptions } from '../common-options.ts';
import { type ConsoleIo, writeOut } from '../console-io.ts';
import { styleFor } from '../style.ts';
import type { CliEvent } from './cli-event.ts';
import { errorAsJson } from './error-as-json.ts';
import type { EventReading } from './event-reading.ts';
import { openLineRenderer } from './line-renderer.ts';
import { openNdjsonFile } from './ndjson-renderer.ts';
import { readEvent } from './read-event.ts';
import { type LiveRenderer, openTerminalRenderer } from './terminal-renderer.ts';

/** All readers of a command's events together. */
export interface Renderer {
  readonly emit: Emit<CliEvent>;
  /** True when the result belongs into the stream of events, as its last line. */
  readonly takesResult: boolean;
  readonly takeResult: (value: unknown) => Promise<void>;
  /** Ends the stream of events with an error, if there is such a stream. */
  readonly takeError: (error: unknown) => Promise<void>;
  /** Gives the terminal back at once, for a process that must end. */
  readonly restore: () => void;
  readonly close: () => Promise<void>;
}

/** Opens the readings that the options and the terminal ask for: live, lines or none, and NDJSON beside them.
 * @throws PERMISSION_DENIED, DISK_FULL when events cannot be written */
export function openRenderer(io: ConsoleIo, options: CommonOptions): Renderer {
  const toStdout = options.events === '-';
  const ndjson = options.events === undefined || toStdout ? undefined : openNdjsonFile(io.folder, options.events);
  const live = openLive(io, options);
  const isHeard = (reading: EventReading) => options.quiet !== true || isAlarm(reading);
  let closed = false;
  const restore = () => {
    if (closed) return;
    closed = true;
    live.close();
    ndjson?.close();
  };
  return {
    emit: (event) => {
      if (closed) return;
      ndjson?.write(event);
      if (toStdout) io.stdout.write(`${JSON.stringify(event)}\n`);
      const reading = readEvent(event);
      if (reading !== undefined && isHeard(reading)) live.read(reading);
    },
    takesResult: toStdout,
    takeResult: (value) =>
      writeOut(io.stdout, `${JSON.stringify({ type: 'command.finished', value: value ?? null })}\n`),
    takeError: async (error) => {
      const last = { type: 'command.failed', error: errorAsJson(error) };
      if (toStdout) await writeOut(io.stdout, `${JSON.stringify(last)}\n`);
    },
    restore,
    close: async () => restore(),
  };
}

function isAlarm(reading: EventReading): boolean {
  return reading.does === 'tell' && reading.level === 'alarm';
}

function openLive(io: ConsoleIo, options: CommonOptions): LiveRenderer {
  const { environment, stderr } = io;
  const display = { style: styleFor(stderr, environment, options.color), verbose: options.verbose === true };
  const isInteractive = stderr.isTTY === true && environment.TERM !== 'dumb' && !isCi(environment.CI);
  return isInteractive ? openTerminalRenderer(stderr, display) : openLineRenderer(stderr, display);
}

function isCi(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false'].includes(value);
}
