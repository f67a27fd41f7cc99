import { pathToFileURL } from 'node:url';
import type { Place } from '../core/farm-error.ts';

/** Where in a recipe's file an error was thrown, from its stack; the file alone when the stack does not say. */
export function placeOfThrow(error: unknown, { file }: { readonly file: string }): Place {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const name of [pathToFileURL(file).href, file]) {
    const at = stack.indexOf(`${name}:`);
    if (at < 0) continue;
    const [, line, column] = /^:(\d+)(?::(\d+))?/.exec(stack.slice(at + name.length)) ?? [];
    if (line !== undefined)
      return { file, line: Number(line), ...(column === undefined ? {} : { column: Number(column) }) };
  }
  return { file };
}
