import type { PythonClause, PythonEntry, PythonExpression, PythonKeyword, PythonParameter } from './python-syntax.ts';
import { expect, expectName, peek, sees, type TokenReader, take, takes } from './token-reader.ts';

/** Reads what stands behind a `(` that is not a call's.
 * @throws PythonSyntaxProblem */
export function readBrackets(reader: TokenReader, line: number): PythonExpression {
  if (takes(reader, ')')) return { is: 'tuple', line, items: [] };
  const element = reader.grammar.expressions(reader);
  const value =
    sees(reader, 'for') || sees(reader, 'async')
      ? comprehension(reader, 'generator', { line, element, value: undefined })
      : element;
  expect(reader, ')');
  return value;
}

/** Reads a list, set or dict behind its `[` or `{`.
 * @throws PythonSyntaxProblem */
export function readDisplay(reader: TokenReader, close: ']' | '}', line: number): PythonExpression {
  const kind = close === ']' ? 'list' : 'set';
  const items: PythonExpression[] = [];
  if (close === '}' && (sees(reader, '}') || sees(reader, '**'))) return readEntries(reader, line, []);
  while (!sees(reader, close)) {
    const element = reader.grammar.starred(reader);
    if (close === '}' && items.length === 0 && takes(reader, ':')) return readDict(reader, line, element);
    if (sees(reader, 'for') || sees(reader, 'async')) {
      const made = comprehension(reader, kind, { line, element, value: undefined });
      expect(reader, close);
      return made;
    }
    items.push(element);
    if (!takes(reader, ',')) break;
  }
  expect(reader, close);
  return { is: kind, line, items };
}

function readDict(reader: TokenReader, line: number, key: PythonExpression): PythonExpression {
  const value = reader.grammar.expression(reader);
  if (sees(reader, 'for') || sees(reader, 'async')) {
    const made = comprehension(reader, 'dict', { line, element: key, value });
    expect(reader, '}');
    return made;
  }
  if (!sees(reader, '}')) expect(reader, ',');
  return readEntries(reader, line, [{ key, value }]);
}

function readEntries(reader: TokenReader, line: number, before: readonly PythonEntry[]): PythonExpression {
  const entries = [...before];
  while (!sees(reader, '}')) {
    if (takes(reader, '**')) entries.push({ key: undefined, value: reader.grammar.expression(reader) });
    else {
      const key = reader.grammar.expression(reader);
      expect(reader, ':');
      entries.push({ key, value: reader.grammar.expression(reader) });
    }
    if (!takes(reader, ',')) break;
  }
  expect(reader, '}');
  return { is: 'dict', line, entries };
}

function comprehension(
  reader: TokenReader,
  kind: 'list' | 'set' | 'dict' | 'generator',
  made: { readonly line: number; readonly element: PythonExpression; readonly value: PythonExpression | undefined },
): PythonExpression {
  const clauses: PythonClause[] = [];
  while (sees(reader, 'for') || sees(reader, 'async')) {
    takes(reader, 'async');
    expect(reader, 'for');
    const target = reader.grammar.targets(reader);
    expect(reader, 'in');
    const over = reader.grammar.condition(reader);
    const tests: PythonExpression[] = [];
    while (takes(reader, 'if')) tests.push(reader.grammar.condition(reader));
    clauses.push({ target, over, tests });
  }
  return { is: 'comprehension', kind, ...made, clauses };
}

/** Reads the arguments of a call behind its `(`.
 * @throws PythonSyntaxProblem */
export function readArguments(reader: TokenReader): CallArguments {
  const args: PythonExpression[] = [];
  const keywords: PythonKeyword[] = [];
  while (!sees(reader, ')')) {
    const isKeyword = peek(reader).kind === 'name' && reader.tokens[reader.next + 1]?.text === '=';
    if (isKeyword || sees(reader, '**')) keywords.push(readKeyword(reader));
    else args.push(readArgument(reader));
    if (!takes(reader, ',')) break;
  }
  expect(reader, ')');
  return { args, keywords };
}

/** What a call is given. */
export interface CallArguments {
  readonly args: readonly PythonExpression[];
  readonly keywords: readonly PythonKeyword[];
}

function readKeyword(reader: TokenReader): PythonKeyword {
  if (takes(reader, '**')) return { name: undefined, value: reader.grammar.expression(reader) };
  const name = take(reader).text;
  expect(reader, '=');
  return { name, value: reader.grammar.expression(reader) };
}

function readArgument(reader: TokenReader): PythonExpression {
  const { line } = peek(reader);
  const element = reader.grammar.starred(reader);
  const isGenerator = sees(reader, 'for') || sees(reader, 'async');
  return isGenerator ? comprehension(reader, 'generator', { line, element, value: undefined }) : element;
}

/** Reads parameters up to and with the token behind them.
 * @throws PythonSyntaxProblem */
export function readParameters(reader: TokenReader, close: ')' | ':'): PythonParameter[] {
  const parameters: PythonParameter[] = [];
  let plain: 'plain' | 'keyword' = 'plain';
  while (!sees(reader, close)) {
    const kind = readParameterKind(reader, plain);
    if (kind === 'rest') plain = 'keyword';
    const isMark = (kind === 'rest' && sees(reader, ',')) || takes(reader, '/');
    if (!isMark) parameters.push(readParameter(reader, kind, close === ')'));
    if (!takes(reader, ',')) break;
  }
  expect(reader, close);
  return parameters;
}

function readParameterKind(reader: TokenReader, plain: 'plain' | 'keyword'): PythonParameter['kind'] {
  if (takes(reader, '**')) return 'keywords';
  return takes(reader, '*') ? 'rest' : plain;
}

function readParameter(reader: TokenReader, kind: PythonParameter['kind'], mayHaveType: boolean): PythonParameter {
  const name = expectName(reader);
  if (mayHaveType && takes(reader, ':')) reader.grammar.expression(reader);
  return { name, kind, otherwise: takes(reader, '=') ? reader.grammar.expression(reader) : undefined };
}
