import { stripVTControlCharacters } from 'node:util';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const controls = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Makes a line of foreign text harmless for a terminal: no escape sequences, no control characters, tabs as spaces.
 * Of a line that draws over itself with carriage returns the last state is kept. */
export function cleanLine(text: string): string {
  const drawn = text.replace(/[\r\n]+$/, '');
  const last = drawn.slice(drawn.lastIndexOf('\r') + 1);
  return stripVTControlCharacters(last).replaceAll('\t', '    ').replaceAll('\n', ' ').replace(controls, '');
}
