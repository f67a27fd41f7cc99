import { readArguments, readParameters } from './parse-brackets.ts';
import { pythonGrammar, readExpression, readExpressions, readTargets, startsExpression } from './parse-expression.ts';
import type { PythonExpression, PythonImport, PythonStatement } from './python-syntax.ts';
import { PythonSyntaxProblem, scanPython } from './python-tokens.ts';
import { expect, expectName, nested, peek, sees, type TokenReader, take, takes, unexpected } from './token-reader.ts';

/** Parses a Python file. Statements outside of the subset that is understood become `other`, with the reason, so that the rest can be used;
 * bodies of functions are parsed when they are asked for.
 * @throws PythonSyntaxProblem when the file cannot be split into tokens */
export function parsePython(source: string): readonly PythonStatement[] {
  const reader: TokenReader = { tokens: scanPython(source), next: 0, depth: 0, grammar: pythonGrammar };
  const statements: PythonStatement[] = [];
  while (peek(reader).kind !== 'end') statements.push(...readStatements(reader));
  return statements;
}

/** One statement, or several that share a line. */
function readStatements(reader: TokenReader): PythonStatement[] {
  const start = reader.next;
  const { depth } = reader;
  try {
    return nested(reader, () => readLine(reader));
  } catch (problem) {
    if (!(problem instanceof PythonSyntaxProblem)) throw problem;
    reader.next = start;
    reader.depth = depth;
    const { line } = peek(reader);
    skipStatement(reader);
    return [{ is: 'other', line, reason: `${problem.message} in line ${problem.line}`, body: [] }];
  }
}

/** Moves behind a statement that could not be parsed, and behind its block. */
function skipStatement(reader: TokenReader): void {
  while (!['newline', 'end'].includes(peek(reader).kind)) take(reader);
  take(reader);
  if (peek(reader).kind === 'indent') skipBlock(reader);
  else while (peek(reader).kind === 'dedent' && reader.depth === 0) take(reader);
}

/** Moves behind the block whose `indent` is the next token. */
function skipBlock(reader: TokenReader): void {
  let depth = 0;
  do {
    const { kind } = take(reader);
    if (kind === 'indent') depth += 1;
    else if (kind === 'dedent') depth -= 1;
    else if (kind === 'end') return;
  } while (depth > 0);
}

function readLine(reader: TokenReader): PythonStatement[] {
  const { kind, text } = peek(reader);
  if (kind === 'newline' || kind === 'dedent') {
    take(reader);
    return [];
  }
  const readCompound = kind === 'name' || text === '@' ? compounds.get(text) : undefined;
  if (readCompound !== undefined) return [readCompound(reader)];
  const statements = [readSimple(reader)];
  while (takes(reader, ';') && peek(reader).kind !== 'newline') statements.push(readSimple(reader));
  endOfLine(reader);
  return statements;
}

function endOfLine(reader: TokenReader): void {
  const { kind } = peek(reader);
  if (kind !== 'newline' && kind !== 'end') throw unexpected(reader, 'the end of the line');
  take(reader);
}

function readBlock(reader: TokenReader): readonly PythonStatement[] {
  expect(reader, ':');
  if (peek(reader).kind !== 'newline') return readLine(reader);
  take(reader);
  if (peek(reader).kind !== 'indent') throw unexpected(reader, 'a block');
  take(reader);
  const statements: PythonStatement[] = [];
  while (!['dedent', 'end'].includes(peek(reader).kind)) statements.push(...readStatements(reader));
  take(reader);
  return statements;
}

const compounds: ReadonlyMap<string, (reader: TokenReader) => PythonStatement> = new Map([
  ['if', readIf],
  ['for', readFor],
  ['with', readWith],
  ['def', (reader) => readFunction(reader, [])],
  ['class', readClass],
  ['@', readDecorated],
  ['try', (reader) => readOther(reader, 'try', ['except', 'else', 'finally'])],
  ['while', (reader) => readOther(reader, 'while', ['else'])],
  ['async', (reader) => readOther(reader, 'async', [])],
] as const satisfies [string, (reader: TokenReader) => PythonStatement][]);

function readIf(reader: TokenReader): PythonStatement {
  const { line } = take(reader);
  const test = readExpression(reader);
  const body = readBlock(reader);
  if (sees(reader, 'elif')) return { is: 'if', line, test, body, otherwise: [nested(reader, () => readIf(reader))] };
  return { is: 'if', line, test, body, otherwise: takes(reader, 'else') ? readBlock(reader) : [] };
}

function readFor(reader: TokenReader): PythonStatement {
  const { line } = take(reader);
  const target = readTargets(reader);
  expect(reader, 'in');
  const over = readExpressions(reader);
  const body = readBlock(reader);
  return { is: 'for', line, target, over, body, otherwise: takes(reader, 'else') ? readBlock(reader) : [] };
}

function readWith(reader: TokenReader): PythonStatement {
  const { line } = take(reader);
  const contexts: PythonExpression[] = [];
  do {
    contexts.push(readExpression(reader));
    if (takes(reader, 'as')) readTargets(reader);
  } while (takes(reader, ','));
  return { is: 'with', line, contexts, body: readBlock(reader) };
}

function readDecorated(reader: TokenReader): PythonStatement {
  const decorators: PythonExpression[] = [];
  while (takes(reader, '@')) {
    decorators.push(readExpression(reader));
    endOfLine(reader);
  }
  if (sees(reader, 'class')) return readClass(reader);
  return readFunction(reader, decorators);
}

function readFunction(reader: TokenReader, decorators: readonly PythonExpression[]): PythonStatement {
  takes(reader, 'async');
  const { line } = peek(reader);
  expect(reader, 'def');
  const name = expectName(reader);
  expect(reader, '(');
  const parameters = readParameters(reader, ')');
  if (takes(reader, '->')) readExpression(reader);
  const { tokens, next } = reader;
  let body: readonly PythonStatement[] | undefined;
  expect(reader, ':');
  if (peek(reader).kind === 'newline') {
    take(reader);
    skipBlock(reader);
  } else while (take(reader).kind !== 'newline');
  const parseBody = () => {
    body ??= readBlock({ tokens, next, depth: 0, grammar: pythonGrammar });
    return body;
  };
  return { is: 'function', line, definition: { name, line, parameters, decorators, body: parseBody } };
}

function readClass(reader: TokenReader): PythonStatement {
  const { line } = take(reader);
  const name = expectName(reader);
  const bases = takes(reader, '(') ? readArguments(reader).args : [];
  return { is: 'class', line, name, bases, body: readBlock(reader) };
}

/** A statement that is not understood, with what stands in its blocks. */
function readOther(reader: TokenReader, word: string, parts: readonly string[]): PythonStatement {
  const { line } = take(reader);
  const body: PythonStatement[] = [];
  do {
    while (!sees(reader, ':') && peek(reader).kind !== 'newline') skipPart(reader);
    body.push(...readBlock(reader));
  } while (parts.some((part) => takes(reader, part)));
  return { is: 'other', line, reason: `"${word}" is not read`, body };
}

function skipPart(reader: TokenReader): void {
  if (startsExpression(reader)) readExpression(reader);
  else take(reader);
}

function readSimple(reader: TokenReader): PythonStatement {
  const { line, text, kind } = peek(reader);
  const readWord = kind === 'name' ? words.get(text) : undefined;
  return readWord === undefined ? readAssignment(reader, line) : readWord(reader, line);
}

/** Simple statements that begin with a word. */
const words: ReadonlyMap<string, (reader: TokenReader, line: number) => PythonStatement> = new Map([
  ['pass', readWordAlone],
  ['break', readWordAlone],
  ['continue', readWordAlone],
  ['return', readReturn],
  ['import', readImport],
  ['from', readImport],
  ['del', readDelete],
  ['global', readIgnored],
  ['nonlocal', readIgnored],
  ['raise', readIgnored],
  ['assert', readIgnored],
] as const satisfies [string, (reader: TokenReader, line: number) => PythonStatement][]);

function readWordAlone(reader: TokenReader, line: number): PythonStatement {
  return { is: take(reader).text as 'pass' | 'break' | 'continue', line };
}

function readReturn(reader: TokenReader, line: number): PythonStatement {
  take(reader);
  return { is: 'return', line, value: startsExpression(reader) ? readExpressions(reader) : undefined };
}

function readDelete(reader: TokenReader, line: number): PythonStatement {
  take(reader);
  const targets = readExpressions(reader);
  return { is: 'delete', line, targets: targets.is === 'tuple' ? targets.items : [targets] };
}

function readIgnored(reader: TokenReader, line: number): PythonStatement {
  const { text } = peek(reader);
  while (!['newline', 'end'].includes(peek(reader).kind)) take(reader);
  return { is: 'other', line, reason: `"${text}" is not read`, body: [] };
}

function readAssignment(reader: TokenReader, line: number): PythonStatement {
  const first = readExpressions(reader);
  const { text, kind } = peek(reader);
  if (kind === 'operator' && /^[-+*/%&|^@]+=$/.test(text) && text !== '==') {
    take(reader);
    return { is: 'change', line, target: first, operator: text.slice(0, -1), value: readExpressions(reader) };
  }
  if (takes(reader, ':')) {
    readExpression(reader);
    if (!takes(reader, '=')) return { is: 'pass', line };
    return { is: 'assign', line, targets: [first], value: readExpressions(reader) };
  }
  const chain = [first];
  while (takes(reader, '=')) chain.push(readExpressions(reader));
  const value = chain.pop()!;
  return chain.length === 0 ? { is: 'expression', line, value } : { is: 'assign', line, targets: chain, value };
}

function readImport(reader: TokenReader): PythonStatement {
  const { line, text } = take(reader);
  if (text === 'import') return { is: 'import', line, module: '', names: readImports(reader, readModule) };
  const module = readModule(reader);
  expect(reader, 'import');
  if (takes(reader, '*')) return { is: 'import', line, module, names: [{ name: '*', as: '*' }] };
  const inBrackets = takes(reader, '(');
  const names = readImports(reader, expectName);
  if (inBrackets) expect(reader, ')');
  return { is: 'import', line, module, names };
}

function readImports(reader: TokenReader, readName: (reader: TokenReader) => string): PythonImport[] {
  const names: PythonImport[] = [];
  do {
    if (sees(reader, ')')) break;
    const name = readName(reader);
    names.push({ name, as: takes(reader, 'as') ? expectName(reader) : name });
  } while (takes(reader, ','));
  return names;
}

function readModule(reader: TokenReader): string {
  let module = '';
  while (sees(reader, '.') || sees(reader, '...')) module += take(reader).text;
  if (peek(reader).kind === 'name' && !sees(reader, 'import')) module += expectName(reader);
  while (takes(reader, '.')) module += `.${expectName(reader)}`;
  return module;
}
