import type { OutputStream } from '../console-io.ts';
import { drawProgress } from './draw-progress.ts';
import type { EventReading } from './event-reading.ts';
import { type LineLook, permanentLine } from './permanent-line.ts';
import { advanceProgress, emptyProgress } from './progress.ts';

/** A reader of events for people. */
export interface LiveRenderer {
  readonly read: (reading: EventReading) => void;
  /** Removes what was only for the moment and gives the terminal back. Can be called at any time, more than once. */
  readonly close: () => void;
}

const hideCursor = '\x1b[?25l';
const showCursor = '\x1b[?25h';
const noWrap = '\x1b[?7l';
const wrap = '\x1b[?7h';
const clearBelow = '\x1b[J';

/** Shows work under way at the bottom of a terminal, redrawn at most ten times a second; what has ended scrolls above it. */
export function openTerminalRenderer(stream: OutputStream, options: LineLook): LiveRenderer {
  let progress = emptyProgress(performance.now());
  let permanent: string[] = [];
  let drawnLines = 0;
  let cursorHidden = false;
  let pending: NodeJS.Timeout | undefined;

  const frame = (lines: readonly string[]) => {
    const up = drawnLines > 0 ? `\r\x1b[${drawnLines}A` : '\r';
    const above = permanent.map((line) => `${line}\n`).join('');
    const below = lines.map((line) => `${line}\n`).join('');
    permanent = [];
    drawnLines = lines.length;
    return `${up}${clearBelow}${above}${below === '' ? '' : `${noWrap}${below}${wrap}`}`;
  };
  const draw = () => {
    pending = undefined;
    const size = { width: (stream.columns || 80) - 1, height: Math.min(20, (stream.rows || 24) - 1) }; // some report 0
    const lines = drawProgress(progress, performance.now(), { ...size, style: options.style });
    if (lines.length === 0 && permanent.length === 0 && drawnLines === 0) return;
    const hide = lines.length > 0 && !cursorHidden;
    cursorHidden ||= hide;
    stream.write(`${hide ? hideCursor : ''}${frame(lines)}`);
  };
  const drawSoon = () => {
    pending ??= setTimeout(draw, 100).unref();
  };
  const clock = setInterval(() => {
    if (progress.items.size > 0) drawSoon();
  }, 500).unref();
  const close = () => {
    clearTimeout(pending);
    clearInterval(clock);
    process.off('exit', close);
    if (drawnLines > 0 || permanent.length > 0) stream.write(frame([]));
    if (cursorHidden) stream.write(showCursor);
    cursorHidden = false;
  };
  process.on('exit', close);
  return {
    read: (reading) => {
      const title = 'item' in reading ? progress.items.get(reading.item)?.title : undefined;
      const line = permanentLine(reading, title, options);
      if (line !== undefined) permanent.push(line);
      progress = advanceProgress(progress, reading, performance.now());
      drawSoon();
    },
    close,
  };
}
