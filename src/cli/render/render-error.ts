import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { formatPlace, isFarmError, type Place } from '../../core/farm-error.ts';
import type { Style } from '../style.ts';
import { cleanLine } from './clean-line.ts';
import { type ErrorJson, errorAsJson } from './error-as-json.ts';

/** How an error is written. */
export interface ErrorRendering {
  readonly style: Style;
  /** Places are written relative to this folder. */
  readonly folder: string;
}

/** An error for people: code and message, the place with its line, the hint; an unexpected one with its stack. */
export function renderError(error: unknown, rendering: ErrorRendering): string {
  return isFarmError(error)
    ? renderKnownError(errorAsJson(error), rendering)
    : renderUnexpected(error, rendering.style);
}

/** An error that was thrown on purpose, for people. */
export function renderKnownError(error: ErrorJson, { style, folder }: ErrorRendering): string {
  const lines = [`${style.bad('error:')} ${cleanText(error.message)} ${style.faint(`[${error.code}]`)}`];
  if (error.place !== undefined) lines.push(...renderPlace(error.place, { style, folder }));
  for (const output of outputLines(error.details)) lines.push(`  ${style.faint('|')} ${output}`);
  if (error.because !== undefined) lines.push(`  ${style.faint('because:')} ${cleanText(error.because)}`);
  if (error.hint !== undefined) lines.push(`  ${style.good('hint:')} ${cleanText(error.hint)}`);
  return `${lines.join('\n')}\n`;
}

/** The place of an error, with the line it points at if that can still be read. */
function renderPlace(place: Place, { style, folder }: ErrorRendering): string[] {
  const path = resolve(folder, place.file);
  const shown = relative(folder, path);
  const lines = [`  ${style.faint('-->')} ${formatPlace({ ...place, file: shown.startsWith('..') ? path : shown })}`];
  const source = place.line === undefined ? undefined : readLine(path, place.line);
  if (source === undefined) return lines;
  const number = String(place.line);
  lines.push(`  ${style.faint(`${number} |`)} ${source}`);
  if (place.column !== undefined && place.column <= source.length + 1) {
    lines.push(`  ${' '.repeat(number.length)} ${style.faint('|')} ${' '.repeat(place.column - 1)}${style.bad('^')}`);
  }
  return lines;
}

function readLine(path: string, line: number): string | undefined {
  try {
    const text = readFileSync(path, 'utf8').split('\n')[line - 1];
    return text === undefined ? undefined : cleanLine(text).slice(0, 200);
  } catch {
    return undefined; // the place is worth showing even where its file cannot be read
  }
}

/** What an error shows of a program's output: `details.output`, a list of lines. */
function outputLines(details: ErrorJson['details']): readonly string[] {
  const output = details?.output;
  return Array.isArray(output) ? output.map((line) => cleanLine(String(line))) : [];
}

function renderUnexpected(error: unknown, style: Style): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    `${style.bad('error:')} Something happened that binfarm did not expect ${style.faint('[UNEXPECTED]')}`,
    ...stack.split('\n').map((line) => `  ${cleanLine(line)}`),
    `  ${style.good('hint:')} This is a bug in binfarm; "Reporting a bug" in CONTRIBUTING.md says how to report it`,
    '',
  ].join('\n');
}

function cleanText(text: string): string {
  return text.split('\n').map(cleanLine).join('\n  ');
}
