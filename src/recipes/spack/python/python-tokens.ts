/** One token of a Python file. */
export interface PythonToken {
  readonly kind: 'name' | 'number' | 'text' | 'formatted' | 'operator' | 'newline' | 'indent' | 'dedent' | 'end';
  /** The characters of a name, number or operator; the meaning of a text; what is between the quotes of a formatted text. */
  readonly text: string;
  readonly line: number;
  /** True for the parts of a formatted text in which a backslash is a backslash. */
  readonly raw?: boolean;
}

/** A Python file, or a part of one, that is not in the subset which is read here. */
export class PythonSyntaxProblem extends Error {
  readonly line: number;

  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

/** A file while it is split up. */
interface Scanner {
  readonly source: string;
  readonly tokens: PythonToken[];
  readonly indents: number[];
  at: number;
  line: number;
  /** How many brackets are open; within them, line ends and indentation mean nothing. */
  depth: number;
}

const namePart = /[\p{L}\p{N}_]+/uy;
const numberPart = /0[xXbBoO][\da-fA-F_]+|(?:\d[\d_]*)?\.?\d[\d_]*\.?(?:[eE][+-]?\d+)?[jJ]?/y;
const operatorPart = /\*\*=?|\/\/=?|>>=?|<<=?|\.\.\.|->|:=|[-+*/%@&|^=<>!]=|[-+*/%@&|^=<>~()[\]{},:.;]/y;
const blank = /(?:[ \t\f]|\\\r?\n)+/y;
const textPrefix = /(?:[rRbBuUfF]{1,2})?(?:"""|'''|"|')/y;

/** Splits a Python file into tokens, with `indent` and `dedent` where blocks begin and end.
 * @throws PythonSyntaxProblem */
export function scanPython(source: string): PythonToken[] {
  const scanner: Scanner = {
    source,
    tokens: [],
    indents: [0],
    at: source.startsWith('\ufeff') ? 1 : 0,
    line: 1,
    depth: 0,
  };
  scanIndentation(scanner);
  while (scanner.at < source.length) scanNext(scanner);
  if (scanner.tokens.at(-1)?.kind !== 'newline') push(scanner, 'newline', '');
  while (scanner.indents.length > 1) {
    scanner.indents.pop();
    push(scanner, 'dedent', '');
  }
  push(scanner, 'end', '');
  return scanner.tokens;
}

function push(scanner: Scanner, kind: PythonToken['kind'], text: string): void {
  scanner.tokens.push({ kind, text, line: scanner.line });
}

function scanNext(scanner: Scanner): void {
  const { source } = scanner;
  const character = source.charCodeAt(scanner.at);
  if (character === 0x0a) endLine(scanner);
  else if (character === 0x23) scanner.at = endOfLine(source, scanner.at);
  else if (character === 0x0d) scanner.at += 1;
  else if (character === 0x20 || character === 0x09 || character === 0x0c || character === 0x5c) skipBlank(scanner);
  else if (isDigit(character) || (character === 0x2e && isDigit(source.charCodeAt(scanner.at + 1))))
    push(scanner, 'number', takeMatch(scanner, numberPart, 'a number'));
  else if (isNameStart(character)) scanNameOrText(scanner);
  else if (character === 0x22 || character === 0x27) scanText(scanner, '');
  else scanOperator(scanner);
}

function isDigit(character: number): boolean {
  return character >= 0x30 && character <= 0x39;
}

function isNameStart(character: number): boolean {
  const lower = character | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || character === 0x5f || character >= 0x80;
}

function skipBlank(scanner: Scanner): void {
  const text = takeMatch(scanner, blank, 'a character behind "\\"');
  if (text.includes('\n')) scanner.line += text.split('\n').length - 1;
}

function scanNameOrText(scanner: Scanner): void {
  textPrefix.lastIndex = scanner.at;
  const prefix = textPrefix.exec(scanner.source)?.[0];
  if (prefix !== undefined) {
    const letters = prefix.replace(/["']+$/, '');
    scanner.at += letters.length;
    scanText(scanner, letters.toLowerCase());
  } else push(scanner, 'name', takeMatch(scanner, namePart, 'a name'));
}

function scanOperator(scanner: Scanner): void {
  const text = takeMatch(scanner, operatorPart, `"${scanner.source.charAt(scanner.at)}"`);
  if ('([{'.includes(text)) scanner.depth += 1;
  if (')]}'.includes(text)) scanner.depth -= 1;
  push(scanner, 'operator', text);
}

function takeMatch(scanner: Scanner, form: RegExp, what: string): string {
  form.lastIndex = scanner.at;
  const text = form.exec(scanner.source)?.[0];
  if (text === undefined) throw new PythonSyntaxProblem(scanner.line, `${what} is not expected`);
  scanner.at = form.lastIndex;
  return text;
}

function endOfLine(source: string, from: number): number {
  const end = source.indexOf('\n', from);
  return end < 0 ? source.length : end;
}

function endLine(scanner: Scanner): void {
  if (scanner.depth === 0 && scanner.tokens.at(-1)?.kind !== 'newline' && scanner.tokens.length > 0)
    push(scanner, 'newline', '');
  scanner.at += 1;
  scanner.line += 1;
  if (scanner.depth === 0) scanIndentation(scanner);
}

/** Compares the indentation of a line with that of the block; empty lines and comments do not count. */
function scanIndentation(scanner: Scanner): void {
  const { source, indents } = scanner;
  let column = 0;
  let at = scanner.at;
  for (; ; at += 1) {
    const character = source[at];
    if (character === ' ') column += 1;
    else if (character === '\t') column = (Math.floor(column / 8) + 1) * 8;
    else break;
  }
  scanner.at = at;
  if (at >= source.length || '#\r\n\f'.includes(source[at]!)) return;
  if (column > indents.at(-1)!) {
    indents.push(column);
    push(scanner, 'indent', '');
  }
  while (column < indents.at(-1)!) {
    indents.pop();
    push(scanner, 'dedent', '');
  }
}

function scanText(scanner: Scanner, prefix: string): void {
  const { source, line } = scanner;
  const quote = source.startsWith(source.charAt(scanner.at).repeat(3), scanner.at)
    ? source.slice(scanner.at, scanner.at + 3)
    : source.charAt(scanner.at);
  const from = scanner.at + quote.length;
  const end = endOfText(source, from, quote);
  if (end < 0) throw new PythonSyntaxProblem(line, 'a text does not end');
  const inner = source.slice(from, end);
  scanner.at = end + quote.length;
  if (quote.length === 3) scanner.line += inner.split('\n').length - 1;
  const raw = prefix.includes('r');
  if (prefix.includes('f')) scanner.tokens.push({ kind: 'formatted', text: inner, line, ...(raw && { raw }) });
  else scanner.tokens.push({ kind: 'text', text: raw ? inner : unescapeText(inner), line });
}

function endOfText(source: string, from: number, quote: string): number {
  for (let at = from; at < source.length; at += 1) {
    const character = source.charCodeAt(at);
    if (character === 0x5c) at += 1;
    else if (character === 0x0a && quote.length === 1) return -1;
    else if (character === quote.charCodeAt(0) && source.startsWith(quote, at)) return at;
  }
  return -1;
}

const escapes: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The meaning of the characters between the quotes of a Python text that is not raw. */
export function unescapeText(inner: string): string {
  if (!inner.includes('\\')) return inner;
  return inner.replace(
    /\\(\n|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{1,3}|[\s\S])/g,
    (all, code: string) => {
      if (Object.hasOwn(escapes, code)) return escapes[code]!;
      if (/^[xuU]./.test(code)) return codePoint(Number.parseInt(code.slice(1), 16), all);
      return /^[0-7]/.test(code) ? codePoint(Number.parseInt(code, 8), all) : all;
    },
  );
}

function codePoint(code: number, otherwise: string): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}
