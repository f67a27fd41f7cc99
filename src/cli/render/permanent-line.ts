import type { Style } from '../style.ts';
import { cleanLine } from './clean-line.ts';
import type { EventReading } from './event-reading.ts';

/** How permanent lines look, and whether details and the output of builds are among them. */
export interface LineLook {
  readonly style: Style;
  readonly verbose: boolean;
}

/** The line that an event leaves for good, if any; the same words on a terminal and in a CI log. */
export function permanentLine(reading: EventReading, title: string | undefined, look: LineLook): string | undefined {
  const { style, verbose } = look;
  const name = cleanLine(title ?? ('item' in reading ? reading.item : ''));
  switch (reading.does) {
    case 'tell':
      return tellLine(reading, look);
    case 'end':
      return reading.line === undefined
        ? undefined
        : endLine(reading, cleanLine(title ?? reading.title ?? reading.item), style);
    case 'output':
      return verbose ? `${style.faint(`${name} |`)} ${cleanLine(reading.line)}` : undefined;
    case 'phase':
      return verbose ? style.faint(`${name}: ${reading.phase}`) : undefined;
    case 'start':
    case 'expect':
    case 'progress':
      return undefined;
  }
}

function tellLine({ level, line }: Extract<EventReading, { does: 'tell' }>, look: LineLook): string | undefined {
  if (level === 'detail') return look.verbose ? look.style.faint(cleanLine(line)) : undefined;
  if (level === 'alarm') return `${look.style.bad('NOT VERIFIED:')} ${cleanLine(line)}`;
  return level === 'warning' ? `${look.style.warn('warning:')} ${cleanLine(line)}` : cleanLine(line);
}

function endLine({ verdict, line }: Extract<EventReading, { does: 'end' }>, title: string, style: Style): string {
  const sign = { done: style.good('✓'), failed: style.bad('✗'), skipped: style.warn('-') }[verdict];
  return `${sign} ${style.strong(title)}  ${cleanLine(line ?? '')}`;
}
