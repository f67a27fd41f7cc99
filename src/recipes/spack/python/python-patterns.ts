import { textOf } from './format-text.ts';
import { makeModule } from './python-builtins.ts';
import {
  makeBuiltin,
  makeTuple,
  type PythonCall,
  type PythonObject,
  type PythonValue,
  Unreadable,
} from './python-value.ts';

/** What means the same in Python and here, and cannot take longer than the square of the text's length. */
const plainPattern = /^(?:[\w \-/:,@=]|\\[dDwWsS.\-+]|\.|[+*?^$]|\[\^?[\w.-]+\]|\(|\)(?![+*?{]))*$/;
const longestText = 2000;

/** The module `re`, for simple patterns. */
export const regularExpressions: PythonObject = makeModule('re', {
  compile: makeBuiltin('compile', ({ args: [pattern = null] }) => makePattern(patternText(pattern))),
  match: makeBuiltin('match', (call) => find(call, '^(?:', ')')),
  search: makeBuiltin('search', (call) => find(call, '', '')),
  fullmatch: makeBuiltin('fullmatch', (call) => find(call, '^(?:', ')$')),
});

function makePattern(text: string): PythonObject {
  const bound = (before: string, after: string) =>
    makeBuiltin('match', ({ args: [subject = null], line }) =>
      find({ args: [text, subject], keywords: new Map(), line }, before, after),
    );
  const members: Readonly<Record<string, PythonValue>> = { match: bound('^(?:', ')'), search: bound('', '') };
  return { kind: 'object', type: 'pattern', member: (name) => members[name], data: text };
}

function patternText(value: PythonValue): string {
  const text = typeof value === 'object' && value?.kind === 'object' && value.type === 'pattern' ? value.data : value;
  if (typeof text === 'string' && plainPattern.test(text) && text.length < 200) return text;
  throw new Unreadable('a regular expression is not understood');
}

function find({ args: [pattern = null, subject = null] }: PythonCall, before: string, after: string): PythonValue {
  const text = textOf(subject);
  if (text.length > longestText) throw new Unreadable('a text is too long');
  const match = new RegExp(before + patternText(pattern) + after).exec(text);
  if (match === null) return null;
  const group = (index: PythonValue | undefined) => (typeof index === 'number' ? (match[index] ?? null) : null);
  const members: Readonly<Record<string, PythonValue>> = {
    group: makeBuiltin('group', ({ args: [index = 0] }) => group(index)),
    groups: makeBuiltin('groups', () => makeTuple(match.slice(1).map((part) => part ?? null))),
  };
  return { kind: 'object', type: 'match', member: (name) => members[name] };
}
