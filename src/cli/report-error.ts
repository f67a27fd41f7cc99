import { exitCodeOf } from '../core/error-codes.ts';
import { isFarmError } from '../core/farm-error.ts';
import { type ConsoleIo, writeOut } from './console-io.ts';
import { errorAsJson } from './render/error-as-json.ts';
import { renderError } from './render/render-error.ts';
import { styleFor } from './style.ts';

/** Renders an error once, at the edge, and gives the exit code of its kind; with `--json` it is an object on stdout. */
export async function reportError(error: unknown, argv: readonly string[], io: ConsoleIo): Promise<number> {
  const end = argv.indexOf('--');
  const options = end === -1 ? argv : argv.slice(0, end);
  if (options.includes('--json')) {
    await writeOut(io.stdout, `${JSON.stringify({ error: errorAsJson(error) }, null, 2)}\n`);
  } else {
    const style = styleFor(io.stderr, io.environment, !options.includes('--no-color'));
    await writeOut(io.stderr, renderError(error, { style, folder: io.folder }));
  }
  return exitCodeOf(isFarmError(error) ? error.code : 'UNEXPECTED');
}
