import type { Writable } from 'node:stream';
import type { EventReading } from './event-reading.ts';
import { type LineLook, permanentLine } from './permanent-line.ts';
import type { LiveRenderer } from './terminal-renderer.ts';

/** One line for each event of interest, with the seconds since the beginning: for CI logs, files and pipes. */
export function openLineRenderer(stream: Writable, options: LineLook): LiveRenderer {
  const since = performance.now();
  const titles = new Map<string, string>();
  return {
    read: (reading) => {
      if (reading.does === 'start') titles.set(reading.item, reading.title);
      const title = 'item' in reading ? titles.get(reading.item) : undefined;
      const line = startLine(reading) ?? permanentLine(reading, title, options);
      if (reading.does === 'end') titles.delete(reading.item);
      if (line === undefined) return;
      const seconds = ((performance.now() - since) / 1000).toFixed(1).padStart(7);
      stream.write(`${options.style.faint(`[${seconds} s]`)} ${line}\n`);
    },
    close: () => {},
  };
}

function startLine(reading: EventReading): string | undefined {
  return reading.does === 'start' && reading.counts ? `  ${reading.title}  started` : undefined;
}
