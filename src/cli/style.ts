import { styleText } from 'node:util';
import type { Environment } from '../core/settings.ts';
import type { OutputStream } from './console-io.ts';

type Paint = (text: string) => string;

/** What words look like, by what they mean; each function gives its text back unchanged where there are no colours. */
export interface Style {
  readonly strong: Paint;
  readonly faint: Paint;
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly name: Paint;
}

const plain: Paint = (text) => text;

/** Texts as they are: for files, pipes and `NO_COLOR`. */
export const plainStyle: Style = { strong: plain, faint: plain, good: plain, bad: plain, warn: plain, name: plain };

const paint = (format: Parameters<typeof styleText>[0]): Paint => {
  return (text) => styleText(format, text, { validateStream: false });
};

/** Texts in colours, for a terminal. */
export const colourStyle: Style = {
  strong: paint('bold'),
  faint: paint('dim'),
  good: paint('green'),
  bad: paint('red'),
  warn: paint('yellow'),
  name: paint('cyan'),
};

/** The style for a stream: colours on a terminal, unless the user or the terminal says no. */
export function styleFor(stream: OutputStream, environment: Environment, wanted: boolean): Style {
  const refused = !wanted || (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  const forced = !['', '0', undefined].includes(environment.FORCE_COLOR);
  return !refused && (stream.isTTY === true || forced) ? colourStyle : plainStyle;
}
