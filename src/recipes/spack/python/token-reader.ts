import type { PythonExpression } from './python-syntax.ts';
import { PythonSyntaxProblem, type PythonToken } from './python-tokens.ts';

/** How expressions are read: what brackets, formatted texts and statements hold. */
export interface ExpressionGrammar {
  /** One expression, without commas. */
  readonly expression: (reader: TokenReader) => PythonExpression;
  /** Expressions with commas between them. */
  readonly expressions: (reader: TokenReader) => PythonExpression;
  /** An expression that may have a `*` before it. */
  readonly starred: (reader: TokenReader) => PythonExpression;
  /** An expression that is no choice (`a if b else c`). */
  readonly condition: (reader: TokenReader) => PythonExpression;
  /** What stands before `in` of a loop. */
  readonly targets: (reader: TokenReader) => PythonExpression;
}

/** The tokens of a file, with the index of the next one. */
export interface TokenReader {
  readonly tokens: readonly PythonToken[];
  readonly grammar: ExpressionGrammar;
  next: number;
  /** How deep expressions and blocks are nested; limited, so that no file exhausts the stack. */
  depth: number;
}

const deepest = 200;

/** The next token. */
export function peek(reader: TokenReader): PythonToken {
  return reader.tokens[reader.next] ?? reader.tokens.at(-1)!;
}

/** Takes the next token. */
export function take(reader: TokenReader): PythonToken {
  const token = peek(reader);
  if (token.kind !== 'end') reader.next += 1;
  return token;
}

/** True when the next token is this operator or keyword. */
export function sees(reader: TokenReader, text: string): boolean {
  const token = peek(reader);
  return token.text === text && (token.kind === 'operator' || token.kind === 'name');
}

/** Takes the next token if it is this operator or keyword. */
export function takes(reader: TokenReader, text: string): boolean {
  if (!sees(reader, text)) return false;
  reader.next += 1;
  return true;
}

/** Takes a token that must be there.
 * @throws PythonSyntaxProblem */
export function expect(reader: TokenReader, text: string): void {
  if (!takes(reader, text)) throw unexpected(reader, `"${text}"`);
}

/** Takes a name.
 * @throws PythonSyntaxProblem */
export function expectName(reader: TokenReader): string {
  if (peek(reader).kind !== 'name') throw unexpected(reader, 'a name');
  return take(reader).text;
}

/** The problem that something else stands where `wanted` is needed. */
export function unexpected(reader: TokenReader, wanted: string): PythonSyntaxProblem {
  const { kind, text, line } = peek(reader);
  return new PythonSyntaxProblem(
    line,
    `${wanted} is expected instead of ${text === '' ? kind : `"${text.slice(0, 20)}"`}`,
  );
}

/** Reads something that may hold others of its kind.
 * @throws PythonSyntaxProblem when it is nested too deep */
export function nested<Result>(reader: TokenReader, read: () => Result): Result {
  if (reader.depth >= deepest) throw new PythonSyntaxProblem(peek(reader).line, 'it is nested too deep');
  reader.depth += 1;
  const result = read();
  reader.depth -= 1;
  return result;
}
