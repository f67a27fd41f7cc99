import { readArguments, readBrackets, readDisplay, readParameters } from './parse-brackets.ts';
import { parseFormatted } from './parse-formatted.ts';
import type { PythonComparison, PythonExpression } from './python-syntax.ts';
import {
  type ExpressionGrammar,
  expect,
  expectName,
  nested,
  peek,
  sees,
  type TokenReader,
  take,
  takes,
  unexpected,
} from './token-reader.ts';

const comparisons = new Set(['==', '!=', '<', '>', '<=', '>=', 'in', 'is', 'not']);
const binaryLevels: readonly (readonly string[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%', '@'],
];
const unaryOperators = new Set(['-', '+', '~']);

/** How expressions of Python are read. */
export const pythonGrammar: ExpressionGrammar = {
  expression: readExpression,
  expressions: readExpressions,
  starred: readStarred,
  condition: readCondition,
  targets: readTargets,
};

/** Reads one expression, without commas.
 * @throws PythonSyntaxProblem */
export function readExpression(reader: TokenReader): PythonExpression {
  return nested(reader, () => readChoice(reader));
}

/** Reads an expression that is no choice (`a if b else c`), as those behind `in` and `if` of a comprehension are.
 * @throws PythonSyntaxProblem */
function readCondition(reader: TokenReader): PythonExpression {
  return nested(reader, () => readLogic(reader, 'or'));
}

/** Reads expressions with commas between them: a tuple, unless it is just one without a comma.
 * @throws PythonSyntaxProblem */
export function readExpressions(reader: TokenReader): PythonExpression {
  const { line } = peek(reader);
  const first = readStarred(reader);
  if (!sees(reader, ',')) return first;
  const items = [first];
  while (takes(reader, ',') && startsExpression(reader)) items.push(readStarred(reader));
  return { is: 'tuple', line, items };
}

/** Reads an expression that may have a `*` before it.
 * @throws PythonSyntaxProblem */
function readStarred(reader: TokenReader): PythonExpression {
  const { line } = peek(reader);
  return takes(reader, '*') ? { is: 'star', line, of: readBinary(reader, 0) } : readExpression(reader);
}

/** Reads what stands before `in` of a loop.
 * @throws PythonSyntaxProblem */
export function readTargets(reader: TokenReader): PythonExpression {
  const { line } = peek(reader);
  const items = [readTarget(reader)];
  if (!sees(reader, ',')) return items[0]!;
  while (takes(reader, ',') && !sees(reader, 'in')) items.push(readTarget(reader));
  return { is: 'tuple', line, items };
}

function readTarget(reader: TokenReader): PythonExpression {
  const { line } = peek(reader);
  return takes(reader, '*') ? { is: 'star', line, of: readPostfix(reader) } : readPostfix(reader);
}

/** True when the next token can begin an expression. */
export function startsExpression(reader: TokenReader): boolean {
  const { kind, text } = peek(reader);
  if (kind === 'operator') return ['(', '[', '{', '-', '+', '~', '*', '...'].includes(text);
  return kind === 'text' || kind === 'formatted' || kind === 'number' || (kind === 'name' && !endings.has(text));
}

const endings = new Set(['for', 'in', 'if', 'else', 'and', 'or', 'is', 'as', 'async', 'from']);

function readChoice(reader: TokenReader): PythonExpression {
  const { line } = peek(reader);
  if (takes(reader, 'lambda')) {
    const parameters = readParameters(reader, ':');
    return { is: 'lambda', line, parameters, body: readExpression(reader) };
  }
  if (sees(reader, 'yield') || sees(reader, 'await')) {
    const what = take(reader).text;
    const value = startsExpression(reader) ? readExpressions(reader) : undefined;
    return what === 'yield' ? { is: what, line, value } : { is: 'other', line, what };
  }
  const yes = readLogic(reader, 'or');
  if (!takes(reader, 'if')) return takes(reader, ':=') ? named(reader, line) : yes;
  const test = readLogic(reader, 'or');
  expect(reader, 'else');
  return { is: 'choice', line, test, yes, no: readExpression(reader) };
}

function named(reader: TokenReader, line: number): PythonExpression {
  readExpression(reader);
  return { is: 'other', line, what: ':=' };
}

function readLogic(reader: TokenReader, operator: 'and' | 'or'): PythonExpression {
  const readPart = () => (operator === 'or' ? readLogic(reader, 'and') : readNot(reader));
  let left = readPart();
  while (sees(reader, operator)) {
    const { line } = take(reader);
    left = { is: 'logic', line, operator, left, right: readPart() };
  }
  return left;
}

function readNot(reader: TokenReader): PythonExpression {
  const { line } = peek(reader);
  if (takes(reader, 'not')) return { is: 'unary', line, operator: 'not', of: nested(reader, () => readNot(reader)) };
  const first = readBinary(reader, 0);
  const rest: PythonComparison[] = [];
  while (comparisons.has(peek(reader).text) && peek(reader).kind !== 'text') {
    let operator = take(reader).text;
    if (operator === 'not') {
      expect(reader, 'in');
      operator = 'not in';
    } else if (operator === 'is' && takes(reader, 'not')) operator = 'is not';
    rest.push({ operator, right: readBinary(reader, 0) });
  }
  return rest.length === 0 ? first : { is: 'compare', line, first, rest };
}

function readBinary(reader: TokenReader, level: number): PythonExpression {
  const operators = binaryLevels[level];
  if (operators === undefined) return readUnary(reader);
  let left = readBinary(reader, level + 1);
  while (peek(reader).kind === 'operator' && operators.includes(peek(reader).text)) {
    const { text, line } = take(reader);
    left = { is: 'binary', line, operator: text, left, right: readBinary(reader, level + 1) };
  }
  return left;
}

function readUnary(reader: TokenReader): PythonExpression {
  const { kind, text, line } = peek(reader);
  if (kind === 'operator' && unaryOperators.has(text)) {
    take(reader);
    return { is: 'unary', line, operator: text, of: nested(reader, () => readUnary(reader)) };
  }
  const base = readPostfix(reader);
  if (!takes(reader, '**')) return base;
  return { is: 'binary', line, operator: '**', left: base, right: nested(reader, () => readUnary(reader)) };
}

function readPostfix(reader: TokenReader): PythonExpression {
  let value = readAtom(reader);
  for (;;) {
    const { line } = peek(reader);
    if (takes(reader, '.')) value = { is: 'attribute', line, of: value, name: expectName(reader) };
    else if (takes(reader, '(')) value = { is: 'call', line: value.line, of: value, ...readArguments(reader) };
    else if (takes(reader, '[')) value = { is: 'item', line, of: value, index: readSubscript(reader) };
    else return value;
  }
}

function readSubscript(reader: TokenReader): PythonExpression {
  const { line } = peek(reader);
  const items: PythonExpression[] = [];
  do {
    if (sees(reader, ']')) break;
    items.push(readSlice(reader));
  } while (takes(reader, ','));
  expect(reader, ']');
  return items.length === 1 ? items[0]! : { is: 'tuple', line, items };
}

function readSlice(reader: TokenReader): PythonExpression {
  const { line } = peek(reader);
  const bound = () => (startsExpression(reader) ? readExpression(reader) : undefined);
  const from = bound();
  if (!takes(reader, ':')) {
    if (from === undefined) throw unexpected(reader, 'an index');
    return from;
  }
  const to = bound();
  const step = takes(reader, ':') ? bound() : undefined;
  return { is: 'slice', line, from, to, step };
}

const constants: Readonly<Record<string, boolean | null>> = { True: true, False: false, None: null };

function readAtom(reader: TokenReader): PythonExpression {
  const { kind, text, line } = peek(reader);
  if (kind === 'text' || kind === 'formatted') return readTexts(reader);
  if (kind === 'number') {
    take(reader);
    return { is: 'number', line, value: Number(text.replaceAll('_', '')), float: /^[^xX]*[.eE]/.test(text) };
  }
  if (kind === 'name') {
    take(reader);
    if (Object.hasOwn(constants, text)) return { is: 'constant', line, value: constants[text]! };
    return { is: 'name', line, name: text };
  }
  if (takes(reader, '(')) return readBrackets(reader, line);
  if (takes(reader, '[')) return readDisplay(reader, ']', line);
  if (takes(reader, '{')) return readDisplay(reader, '}', line);
  if (takes(reader, '...')) return { is: 'other', line, what: '...' };
  throw unexpected(reader, 'an expression');
}

/** Texts that stand side by side are one. */
function readTexts(reader: TokenReader): PythonExpression {
  const { line } = peek(reader);
  let plain = '';
  let formatted = false;
  const parts = [];
  while (peek(reader).kind === 'text' || peek(reader).kind === 'formatted') {
    const token = take(reader);
    if (token.kind === 'text') {
      plain += token.text;
      parts.push(token.text);
    } else {
      formatted = true;
      parts.push(...parseFormatted(token, reader));
    }
  }
  return formatted ? { is: 'formatted', line, parts } : { is: 'text', line, value: plain };
}
