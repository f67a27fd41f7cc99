import * as v from 'valibot';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { ErrorCode } from '../core/error-codes.ts';
import { FarmError, type Place } from '../core/farm-error.ts';
import { nearestName } from './did-you-mean.ts';

/** A YAML file's validated content, and where each part of it was written. */
export interface ParsedYaml<Value> {
  readonly value: Value;
  /** The place of the value at a path of keys and indices, or of the nearest enclosing one. */
  readonly placeOf: (path: readonly (string | number)[]) => Place;
}

/** Which file a text came from, and the code that its errors get. */
export interface YamlOrigin {
  readonly file: string;
  readonly code: ErrorCode;
}

/** Parses YAML 1.2 and validates it by a schema; aliases are limited, duplicate keys refused.
 * @throws the code of `origin`, with line and column and, for an unknown key, the nearest known one. */
export function parseYaml<Schema extends v.GenericSchema>(
  text: string,
  schema: Schema,
  origin: YamlOrigin,
): ParsedYaml<v.InferOutput<Schema>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: origin.file, line, column: col };
  };
  const problem = document.errors[0];
  if (problem) {
    throw new FarmError(origin.code, `Cannot read "${origin.file}": ${problem.message}`, {
      place: placeAt(problem.pos[0]),
      hint: 'The file must be YAML; check indentation, colons and quotes near that place',
    });
  }
  const placeOf = (path: readonly (string | number)[]) => placeAt(offsetOf(document, path));
  const result = v.safeParse(schema, document.toJS({ maxAliasCount: 100 }));
  if (result.success) return { value: result.output, placeOf };
  const finding = mostHelpful(result.issues);
  throw new FarmError(origin.code, `Cannot use "${origin.file}": ${describe(finding)}`, {
    place: keyPlace(document, finding.path, placeAt) ?? placeOf(finding.path),
    ...hintFor(finding),
  });
}

/** A closed object in a file's schema: a key that it does not have is an error that names the nearest one. */
export function closedObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) =>
    issue.expected === 'never' ? knownKeys + Object.keys(entries).join(', ') : issue.message,
  );
}

const knownKeys = 'Known keys: ';

interface Finding {
  readonly issue: v.BaseIssue<unknown>;
  readonly path: readonly (string | number)[];
}

/** A union fails with one issue that holds those of its members; an unknown key, or else what got furthest, helps most. */
function mostHelpful(issues: readonly v.BaseIssue<unknown>[]): Finding {
  const findings = issues.flatMap((issue) => flatten(issue, []));
  const rank = ({ issue, path }: Finding) => (isUnknownKey(issue) ? 1000 : 0) + path.length;
  return findings.toSorted((a, b) => rank(b) - rank(a))[0]!;
}

function flatten(issue: v.BaseIssue<unknown>, prefix: readonly (string | number)[]): Finding[] {
  const path = [...prefix, ...(issue.path ?? []).map((part) => part.key as string | number)];
  const inner = (issue.issues ?? [])
    .flatMap((child) => flatten(child, path))
    .filter((child) => child.path.length > path.length);
  return inner.length > 0 ? inner : [{ issue, path }];
}

function isUnknownKey(issue: v.BaseIssue<unknown>): boolean {
  return issue.expected === 'never' && issue.message.startsWith(knownKeys);
}

function describe({ issue, path }: Finding): string {
  const key = path.map(String).join('.') || 'the file';
  if (isUnknownKey(issue)) return `"${key}" is not a key that it can have`;
  if (issue.received === 'undefined') return `"${key}" is missing`;
  if (issue.kind === 'validation') return `"${key}": ${issue.message}`;
  return `"${key}" is ${issue.received}, where ${issue.expected} is expected`;
}

function hintFor({ issue, path }: Finding): { hint?: string } {
  if (!isUnknownKey(issue)) return {};
  const near = nearestName(String(path.at(-1)), issue.message.slice(knownKeys.length).split(', '));
  return { hint: near === undefined ? issue.message : `Did you mean "${near}"?` };
}

function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function keyPlace(
  document: Document,
  path: readonly (string | number)[],
  placeAt: (offset: number) => Place,
): Place | undefined {
  const parent = document.getIn(path.slice(0, -1), true) as { items?: readonly { key?: unknown }[] } | undefined;
  const key = parent?.items?.find(
    (item) => isNode(item.key) && (item.key as { value?: unknown }).value === path.at(-1),
  )?.key;
  return isNode(key) && key.range ? placeAt(key.range[0]) : undefined;
}
