import * as v from 'valibot';
import { nearestName } from '../model/did-you-mean.ts';
import type { RecipeDefinition } from './recipe-definition.ts';
import { type RecipeText, recipeInvalid } from './recipe-text.ts';

const types = v.picklist(['build', 'link', 'run', 'test'], 'a type of dependency is build, link, run or test');
const text = v.pipe(v.string(), v.minLength(1, 'it is empty'));
const line = v.pipe(
  text,
  v.maxLength(120, 'it has more than 120 characters'),
  v.regex(/^[^\n]*$/, 'it has more than one line'),
);
const texts = v.array(text);
const when = v.optional(text);
const message = v.optional(line);
const address = v.pipe(v.string(), v.regex(/^(https?|file):\/\/\S+$/, 'it is no https: or http: address'));
const fileName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.+~-]*$/, 'it is no plain file name'));
const pathBelow = v.pipe(
  text,
  v.check((path) => !path.startsWith('/') && !path.split('/').includes('..'), "it leads out of the recipe's folder"),
);
const callable = v.function('it is no function');

function closed<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected !== 'never') return issue.message;
    const near = nearestName(String(issue.path?.at(-1)?.key), Object.keys(entries));
    return (
      unknownKey + (near === undefined ? `Known are ${Object.keys(entries).join(', ')}` : `Did you mean "${near}"?`)
    );
  });
}

const unknownKey = 'unknown key: ';

const version = closed({
  sha256: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'it is not 64 hexadecimal digits'))),
  url: v.optional(v.union([address, v.array(address)])),
  debian: v.optional(fileName),
  commit: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, 'it is not a commit of 40 hexadecimal digits'))),
  preferred: v.optional(v.boolean()),
  deprecated: v.optional(v.boolean()),
});

const variant = closed({
  default: v.union([v.boolean(), v.string(), v.array(v.string())]),
  values: v.optional(
    v.pipe(v.array(v.union([text, closed({ value: text, when: text })])), v.minLength(1, 'it is empty')),
  ),
  multi: v.optional(v.boolean()),
  sets: v.optional(v.array(v.pipe(texts, v.minLength(1, 'it is empty')))),
  sticky: v.optional(v.boolean()),
  summary: v.optional(line),
  when,
});

const schema = closed({
  name: text,
  summary: v.pipe(line, v.regex(/[^.]$/, 'it ends with a full stop')),
  homepage: v.optional(address),
  license: v.pipe(text, v.regex(/^[A-Za-z0-9.+()-]+( (AND|OR|WITH) [A-Za-z0-9.+()-]+)*$/, 'it is no SPDX expression')),
  category: v.pipe(text, v.regex(/^[a-z][a-z-]*$/, 'it is no lower-case word')),
  contact: v.optional(line),
  source: v.optional(v.union([callable, closed({ git: text }), closed({ directory: pathBelow })])),
  versions: v.record(text, version),
  variants: v.optional(v.record(v.pipe(text, v.regex(/^[A-Za-z0-9_][\w-]*$/, 'it cannot name an option')), variant)),
  depends: v.optional(
    v.array(
      v.union([
        text,
        closed({
          spec: text,
          type: v.optional(v.union([types, v.array(types)])),
          when,
          hashed: v.optional(v.boolean()),
        }),
      ]),
    ),
  ),
  conflicts: v.optional(v.array(v.union([text, closed({ spec: text, when, message })]))),
  requires: v.optional(
    v.array(v.union([text, closed({ anyOf: v.optional(texts), oneOf: v.optional(texts), when, message })])),
  ),
  provides: v.optional(v.array(v.union([text, closed({ spec: text, when })]))),
  patches: v.optional(
    v.array(
      v.union([pathBelow, closed({ file: pathBelow, strip: v.optional(v.pipe(v.number(), v.integer())), when })]),
    ),
  ),
  build: v.looseObject(
    { builder: v.string(), phases: callable },
    'it is not made by cmake(), autotools() or another builder',
  ),
  test: v.optional(v.union([callable, v.record(text, callable)])),
});

/** Checks that what a recipe file exports has the shape of a recipe.
 * @throws RECIPE_INVALID with the place, and the nearest known key for an unknown one. */
export function checkRecipeShape(exported: unknown, source: RecipeText): RecipeDefinition {
  const result = v.safeParse(schema, exported);
  if (result.success) return exported as RecipeDefinition;
  const { issue, path } = furthest(result.issues);
  const words = path.filter((part) => typeof part === 'string');
  const value = typeof issue.input === 'string' ? [issue.input] : [];
  if (issue.message.startsWith(unknownKey)) {
    const hint = issue.message.slice(unknownKey.length);
    throw recipeInvalid(source, `"${path.join('.')}" is not a key that it can have`, { words, hint });
  }
  throw recipeInvalid(source, describe(issue, path), { words: [...words, ...value] });
}

type Path = readonly (string | number)[];

function describe(issue: v.BaseIssue<unknown>, path: Path): string {
  const key = path.join('.');
  if (key === '') return 'it exports no recipe by default';
  if (issue.received === 'undefined') return `"${key}" is missing`;
  const ownMessage = issue.kind === 'validation' || !issue.message.startsWith('Invalid ');
  return ownMessage
    ? `"${key}": ${issue.message}`
    : `"${key}" is ${issue.received}, where ${issue.expected} is expected`;
}

/** A union fails with one issue that holds those of its members; the one that got furthest into the value helps most. */
function furthest(issues: readonly v.BaseIssue<unknown>[]): { issue: v.BaseIssue<unknown>; path: Path } {
  const found = issues.flatMap((issue) => innermost(issue, []));
  return found.toSorted((a, b) => b.path.length - a.path.length)[0]!;
}

function innermost(issue: v.BaseIssue<unknown>, prefix: Path): { issue: v.BaseIssue<unknown>; path: Path }[] {
  const path = [...prefix, ...(issue.path ?? []).map((part) => part.key as string | number)];
  const inner = (issue.issues ?? []).flatMap((child) => innermost(child, path));
  const deeper = inner.filter((child) => child.path.length > path.length || child.issue.kind === 'validation');
  return deeper.length > 0 ? deeper : [{ issue, path }];
}
