import { formatBytes, formatCount, formatSeconds } from '../../core/format-quantity.ts';
import type { Style } from '../style.ts';
import { cleanLine } from './clean-line.ts';
import { type Progress, type ProgressItem, remainingSeconds } from './progress.ts';

/** The room and the looks of a display. */
export interface Drawing {
  readonly width: number;
  /** Lines that may be used. */
  readonly height: number;
  readonly style: Style;
}

/** The lines that show the work under way: one an item, and one for the whole; none is wider than the width. */
export function drawProgress(progress: Progress, now: number, drawing: Drawing): string[] {
  const items = [...progress.items.values()];
  const shown = items.slice(0, Math.max(1, drawing.height - 2));
  const titleWidth = Math.min(24, Math.max(0, ...shown.map(({ title }) => title.length)));
  const lines = shown.map((item) => drawItem(item, now, { ...drawing, titleWidth }));
  const hidden = items.length - shown.length;
  if (hidden > 0) lines.push(`  and ${hidden} more`);
  const whole = drawWhole(progress, now);
  if (whole !== '') lines.push(drawing.style.strong(fit(whole, drawing.width)));
  return lines;
}

function drawItem(item: ProgressItem, now: number, drawing: Drawing & { readonly titleWidth: number }): string {
  const { style, width, titleWidth } = drawing;
  const seconds = (now - item.since) / 1000;
  const parts = [
    `  ${fit(cleanLine(item.title), titleWidth).padEnd(titleWidth)}`,
    `  ${fit(cleanLine(item.phase ?? ''), 10).padEnd(10)}`,
    ` ${formatSeconds(seconds).padStart(8)}`,
    item.bytes === undefined ? '' : ` ${describeBytes(item, item.bytes, seconds)}`,
  ];
  const head = fit(parts.join(''), width);
  const room = width - head.length - 2;
  const tail =
    item.lastLine === undefined || room < 8 ? '' : `  ${style.faint(fit(cleanLine(item.lastLine).trim(), room))}`;
  return `${head}${tail}`;
}

function describeBytes(item: ProgressItem, bytes: number, seconds: number): string {
  const of = item.totalBytes === undefined ? '' : ` of ${formatBytes(item.totalBytes)}`;
  const rate = seconds >= 0.5 ? `, ${formatBytes(bytes / seconds)}/s` : '';
  return `${formatBytes(bytes)}${of}${rate}`;
}

function drawWhole(progress: Progress, now: number): string {
  const { done, failed, skipped } = progress.ended;
  if (progress.expectedItems === undefined && done + failed + skipped === 0) return '';
  const of = progress.expectedItems === undefined ? '' : ` of ${progress.expectedItems}`;
  const left = remainingSeconds(progress, now);
  const parts = [
    `${done}${of} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    `${formatCount(progress.items.size, 'running', 'running')}`,
    formatSeconds((now - progress.since) / 1000),
    ...(left === undefined ? [] : [`about ${formatSeconds(left)} left`]),
  ];
  return parts.join(' · ');
}

/** Cuts a text to a width, with a sign that it was cut. */
function fit(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
