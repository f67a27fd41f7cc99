import { FarmError, type Place } from '../core/farm-error.ts';

/** What a spec is made of, in the order of the text. `at` counts characters from 0. */
export type SpecToken =
  | { readonly kind: 'name'; readonly at: number; readonly name: string }
  | { readonly kind: 'versions'; readonly at: number; readonly range: string }
  | { readonly kind: 'switch'; readonly at: number; readonly name: string; readonly on: boolean }
  | { readonly kind: 'value'; readonly at: number; readonly name: string; readonly value: string }
  | { readonly kind: 'dependency'; readonly at: number }
  | { readonly kind: 'compiler'; readonly at: number };

/** The text of a spec with where it was written, for errors. */
export interface SpecText {
  readonly text: string;
  readonly place?: Place;
}

/** Values that need no quotes. */
export const bareValue = /^[\w\-+.,:%^~/\\][\w\-+*.,:=%^~/\\]*$/;

const maxLength = 4000;

const name = String.raw`[A-Za-z0-9_][\w.-]*`;
const version = String.raw`[A-Za-z0-9_](?:[\w.-]*\w)?`;
// The upper bound of a range ends where the key of a value begins: `@1.2:platform=linux`.
const interval = String.raw`(?:=?${version})?(?::(?:${version}(?![\w.-]*\s*=))?)?`;
const quoted = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`;

type Match = readonly string[];
type Rule = readonly [form: RegExp, read: (match: Match, at: number) => SpecToken | string];

const rule = (form: string, read: Rule[1]): Rule => [new RegExp(form, 'sy'), read];
const group = (match: Match, index: number) => match[index] ?? '';

/** The first rule that fits makes the token; where it gives a text, that is the feature which binfarm does not have. */
const rules: readonly Rule[] = [
  rule(String.raw`[\^%]{1,2}\[`, () => 'edge attributes (^[...], %[...])'),
  rule('%%', () => 'propagation (%%)'),
  rule(String.raw`[\^%]\s*${name}(?:,${name})*=`, () => 'virtual assignments (^mpi=openmpi, %c=gcc)'),
  rule(String.raw`\^\s*`, (_, at) => ({ kind: 'dependency', at })),
  rule(String.raw`%\s*`, (_, at) => ({ kind: 'compiler', at })),
  rule(
    String.raw`@\s*(?:git\.[\w./-]+|[0-9A-Fa-f]{40})=`,
    () => 'versions assigned to git references (@git.ref=version)',
  ),
  rule(String.raw`@\s*git\.[\w.-]*/`, () => 'git references with a slash (@git.a/b)'),
  rule(String.raw`@\s*(${interval}(?:\s*,\s*${interval})*)`, (match, at) => ({
    kind: 'versions',
    at,
    range: group(match, 1),
  })),
  rule(String.raw`(?:\+\+|~~|--)\s*${name}`, () => 'propagation (++, ~~, ==)'),
  rule(String.raw`([+~-])\s*(${name})`, (match, at) => ({
    kind: 'switch',
    at,
    name: group(match, 2),
    on: match[1] === '+',
  })),
  rule(`${name}:?==`, () => 'propagation (++, ~~, ==)'),
  rule(`${name}:=`, () => 'exact values (key:=value)'),
  rule(String.raw`${name}=\*(?!\S)|\*`, () => 'wildcards (*)'),
  rule(String.raw`(${name})=(${quoted}|[\w\-+*.,:=%^~/\\]+)`, (match, at) => ({
    kind: 'value',
    at,
    name: group(match, 1),
    value: unquote(group(match, 2)),
  })),
  rule(String.raw`[\w.-]*[/\\][\w./\\-]*\.(?:json|yaml)`, () => 'spec files (./spec.json)'),
  rule('/[A-Za-z0-9_]+', () => 'hashes (/abc)'),
  rule(name, (match, at) =>
    group(match, 0).startsWith('builtin.') ? 'namespaces (builtin.name)' : { kind: 'name', at, name: group(match, 0) },
  ),
];

/** Splits a spec into its parts.
 * @throws SPEC_INVALID where a character fits nowhere; SPEC_UNSUPPORTED */
export function scanSpec(source: SpecText): SpecToken[] {
  const { text } = source;
  if (text.length > maxLength)
    throw specInvalid({ ...source, text: `${text.slice(0, 40)}...` }, 'it is too long', maxLength);
  const tokens: SpecToken[] = [];
  let at = skipSpace(text, 0);
  while (at < text.length) {
    const { token, end } = scanToken(source, at);
    tokens.push(token);
    at = skipSpace(text, end);
  }
  return tokens;
}

const specForm = 'A spec is a name with, if you like, versions and options: hepmc3@3.1: +python cxxstd=17';

/** A SPEC_INVALID error that points at a character; `at` counts from 0, people count from 1. */
export function specInvalid(source: SpecText, state: string, at: number, hint?: string, cause?: unknown): FarmError {
  return new FarmError('SPEC_INVALID', `Cannot read spec "${source.text}": ${state} at character ${at + 1}`, {
    hint: hint ?? specForm,
    ...(source.place && { place: source.place }),
    cause,
    details: { spec: source.text, character: at + 1 },
  });
}

/** A SPEC_UNSUPPORTED error that names the feature of Spack; `details.feature` is that name. */
export function specUnsupported(source: SpecText, feature: string, at: number, hint?: string): FarmError {
  const message = `Cannot read spec "${source.text}": binfarm does not have ${feature}, at character ${at + 1}`;
  return new FarmError('SPEC_UNSUPPORTED', message, {
    ...(hint !== undefined && { hint }),
    ...(source.place && { place: source.place }),
    details: { spec: source.text, character: at + 1, feature },
  });
}

function scanToken(source: SpecText, at: number): { token: SpecToken; end: number } {
  for (const [form, read] of rules) {
    form.lastIndex = at;
    const match = form.exec(source.text);
    if (match === null) continue;
    const token = read(match, at);
    if (typeof token === 'string') throw specUnsupported(source, token, at);
    return { token, end: form.lastIndex };
  }
  throw specInvalid(source, `"${String.fromCodePoint(source.text.codePointAt(at) ?? 0)}" is not expected`, at);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charAt(at).trim() === '') at += 1;
  return at;
}

function unquote(value: string): string {
  return value.startsWith('"') || value.startsWith("'") ? value.slice(1, -1).replace(/\\(["'\\])/g, '$1') : value;
}
