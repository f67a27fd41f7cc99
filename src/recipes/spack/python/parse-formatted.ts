import type { FormattedPart } from './python-syntax.ts';
import { PythonSyntaxProblem, type PythonToken, scanPython, unescapeText } from './python-tokens.ts';
import { nested, type TokenReader } from './token-reader.ts';

/** Splits a formatted text (`f"..."`) into characters and expressions.
 * @throws PythonSyntaxProblem */
export function parseFormatted(token: PythonToken, outer: TokenReader): FormattedPart[] {
  const { text, line, raw } = token;
  const parts: FormattedPart[] = [];
  let plain = '';
  const endPlain = () => {
    if (plain !== '') parts.push(raw ? plain : unescapeText(plain));
    plain = '';
  };
  for (let at = 0; at < text.length; ) {
    const character = text[at]!;
    const isDouble = text[at + 1] === character;
    if (character !== '{' || isDouble) {
      plain += character;
      at += isDouble && '{}'.includes(character) ? 2 : 1;
      continue;
    }
    endPlain();
    const end = endOfField(text, at + 1, line);
    parts.push(parseField(text.slice(at + 1, end), line, outer));
    at = end + 1;
  }
  endPlain();
  return parts;
}

/** Walks over characters outside of brackets and quotes; gives the first index at which `stops` says so, or the text's length. */
function findOutside(text: string, from: number, stops: (character: string, at: number) => boolean): number {
  let depth = 0;
  let quote = '';
  for (let at = from; at < text.length; at += 1) {
    const character = text[at]!;
    if (quote !== '') {
      if (character === quote) quote = '';
      continue;
    }
    if (depth === 0 && stops(character, at)) return at;
    if (character === '"' || character === "'") quote = character;
    depth += depthOf(character);
  }
  return text.length;
}

function depthOf(character: string): number {
  if ('([{'.includes(character)) return 1;
  return ')]}'.includes(character) ? -1 : 0;
}

function endOfField(text: string, from: number, line: number): number {
  const end = findOutside(text, from, (character) => character === '}');
  if (end === text.length) throw new PythonSyntaxProblem(line, 'a "{" of a formatted text is not closed');
  return end;
}

function parseField(field: string, line: number, outer: TokenReader): FormattedPart {
  const { expression, conversion, form } = splitField(field);
  const tokens = scanPython(expression.trim()).map((token) => ({ ...token, line }));
  const reader: TokenReader = { tokens, next: 0, depth: outer.depth + 1, grammar: outer.grammar };
  const value = nested(reader, () => reader.grammar.expressions(reader));
  if (tokens[reader.next]?.kind !== 'newline') throw new PythonSyntaxProblem(line, `"{${field}}" cannot be read`);
  const inner = form === '' ? [] : parseFormatted({ kind: 'formatted', text: form, line }, reader);
  return { value, conversion, form: inner };
}

/** `expression!r:form`, where `!=`, and `:` in brackets or quotes, belong to the expression. */
function splitField(field: string): { expression: string; conversion: string; form: string } {
  const end = findOutside(
    field,
    0,
    (character, at) => character === ':' || (character === '!' && field[at + 1] !== '='),
  );
  const expression = field.slice(0, end);
  if (field[end] !== '!') return { expression, conversion: '', form: field.slice(end + 1) };
  return { expression, conversion: field[end + 1] ?? '', form: field.slice(end + 3) };
}
