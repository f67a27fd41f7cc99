import { formatFields, textOf } from './format-text.ts';
import {
  itemsOf,
  keyOf,
  kindOf,
  makeBuiltin,
  makeList,
  makeSet,
  makeTuple,
  type PythonCall,
  type PythonDict,
  type PythonItems,
  type PythonValue,
  Unreadable,
} from './python-value.ts';

/** The value of an attribute, such as a method of a text.
 * @throws Unreadable */
export function memberOf(value: PythonValue, name: string): PythonValue {
  const found = findMember(value, name);
  if (found === undefined) throw new Unreadable(`".${name}" of a ${kindOf(value)} is not known`);
  return found;
}

function findMember(value: PythonValue, name: string): PythonValue | undefined {
  if (typeof value === 'string') return bind(textMethods, value, name);
  if (typeof value !== 'object' || value === null) return undefined;
  if (value.kind === 'object') return value.member(name);
  if (value.kind === 'dict') return bind(dictMethods, value, name);
  if ('items' in value) return bind(itemMethods, value, name);
  return value.kind === 'callable' && name === '__name__' ? value.name : undefined;
}

type Methods<Self> = Readonly<Record<string, (self: Self, call: PythonCall) => PythonValue>>;

function bind<Self>(methods: Methods<Self>, self: Self, name: string): PythonValue | undefined {
  if (!Object.hasOwn(methods, name)) return undefined;
  const method = methods[name]!;
  return makeBuiltin(name, (call) => method(self, call));
}

function textAt({ args }: PythonCall, index: number): string {
  const value = args[index];
  if (typeof value === 'string') return value;
  throw new Unreadable('a text is expected');
}

function numberAt({ args }: PythonCall, index: number, otherwise: number): number {
  const value = args[index];
  if (value === undefined) return otherwise;
  if (typeof value === 'number') return value;
  throw new Unreadable('a number is expected');
}

function isAny({ args }: PythonCall, test: (text: string) => boolean): boolean {
  const [wanted] = args;
  const texts = typeof wanted === 'string' ? [wanted] : itemsOf(wanted ?? null);
  return texts.some((text) => typeof text === 'string' && test(text));
}

function strip(text: string, call: PythonCall, sides: { readonly start: boolean; readonly end: boolean }): string {
  const set = call.args[0] === undefined || call.args[0] === null ? ' \t\n\r\f\v' : textAt(call, 0);
  let [from, to] = [0, text.length];
  while (sides.start && from < to && set.includes(text[from]!)) from += 1;
  while (sides.end && to > from && set.includes(text[to - 1]!)) to -= 1;
  return text.slice(from, to);
}

function split(text: string, call: PythonCall): PythonValue {
  const most = numberAt(call, 1, -1);
  const separator = call.args[0];
  if (separator === undefined || separator === null) {
    if (most >= 0) throw new Unreadable('a limited split at spaces is not understood');
    return makeList(text.trim() === '' ? [] : text.trim().split(/\s+/));
  }
  const parts = text.split(textAt(call, 0));
  if (most < 0 || parts.length <= most + 1) return makeList(parts);
  return makeList([...parts.slice(0, most), parts.slice(most).join(textAt(call, 0))]);
}

function splitFromEnd(text: string, call: PythonCall): PythonValue {
  const most = numberAt(call, 1, -1);
  const parts = text.split(textAt(call, 0));
  if (most < 0 || parts.length <= most + 1) return makeList(parts);
  const kept = parts.length - most;
  return makeList([parts.slice(0, kept).join(textAt(call, 0)), ...parts.slice(kept)]);
}

function partition(text: string, separator: string, at: number): PythonValue {
  return at < 0
    ? makeTuple([text, '', ''])
    : makeTuple([text.slice(0, at), separator, text.slice(at + separator.length)]);
}

const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();

const textMethods: Methods<string> = {
  capitalize,
  count: (text, call) => text.split(textAt(call, 0)).length - 1,
  endswith: (text, call) => isAny(call, (end) => text.endsWith(end)),
  find: (text, call) => text.indexOf(textAt(call, 0)),
  format: (text, { args, keywords }) => formatFields(text, args, keywords),
  isalpha: (text) => /^\p{L}+$/u.test(text),
  isdigit: (text) => /^\d+$/.test(text),
  isnumeric: (text) => /^\d+$/.test(text),
  join: (text, { args }) =>
    itemsOf(args[0] ?? null)
      .map(textOf)
      .join(text),
  lower: (text) => text.toLowerCase(),
  lstrip: (text, call) => strip(text, call, { start: true, end: false }),
  partition: (text, call) => partition(text, textAt(call, 0), text.indexOf(textAt(call, 0))),
  removeprefix: (text, call) => (text.startsWith(textAt(call, 0)) ? text.slice(textAt(call, 0).length) : text),
  removesuffix: (text, call) =>
    text.endsWith(textAt(call, 0)) ? text.slice(0, text.length - textAt(call, 0).length) : text,
  replace: (text, call) => replaceText(text, call),
  rfind: (text, call) => text.lastIndexOf(textAt(call, 0)),
  rpartition: (text, call) => partition(text, textAt(call, 0), text.lastIndexOf(textAt(call, 0))),
  rsplit: splitFromEnd,
  rstrip: (text, call) => strip(text, call, { start: false, end: true }),
  split,
  splitlines: (text) => makeList(text.split(/\r?\n/)),
  startswith: (text, call) => isAny(call, (start) => text.startsWith(start)),
  strip: (text, call) => strip(text, call, { start: true, end: true }),
  title: (text) => text.replace(/\p{L}+/gu, capitalize),
  upper: (text) => text.toUpperCase(),
  zfill: (text, call) => text.padStart(Math.min(numberAt(call, 0, 0), 1000), '0'),
};

function replaceText(text: string, call: PythonCall): string {
  const most = numberAt(call, 2, -1);
  const [from, to] = [textAt(call, 0), textAt(call, 1)];
  if (text.length * (to.length + 1) > 1_000_000) throw new Unreadable('a text is too long');
  if (most < 0) return text.replaceAll(from, () => to);
  const parts = text.split(from);
  return (
    parts.slice(0, most + 1).join(to) +
    parts
      .slice(most + 1)
      .map((part) => from + part)
      .join('')
  );
}

const dictMethods: Methods<PythonDict> = {
  copy: ({ entries }) => ({ kind: 'dict', entries: new Map(entries) }),
  get: ({ entries }, { args }) => entries.get(keyOf(args[0] ?? null))?.[1] ?? args[1] ?? null,
  items: ({ entries }) => makeList([...entries.values()].map((entry) => makeTuple(entry))),
  keys: ({ entries }) => makeList([...entries.values()].map(([key]) => key)),
  setdefault: ({ entries }, { args: [key = null, value = null] }) => {
    const known = entries.get(keyOf(key));
    if (known === undefined) entries.set(keyOf(key), [key, value]);
    return known?.[1] ?? value;
  },
  update: ({ entries }, { args, keywords }) => {
    const [other] = args;
    if (typeof other === 'object' && other?.kind === 'dict')
      for (const [key, entry] of other.entries) entries.set(key, entry);
    else if (other !== undefined) throw new Unreadable('only a dict can update a dict');
    for (const [name, value] of keywords) entries.set(keyOf(name), [name, value]);
    return null;
  },
  values: ({ entries }) => makeList([...entries.values()].map(([, value]) => value)),
};

const itemMethods: Methods<PythonItems> = {
  add: (self, { args: [item = null] }) => {
    self.items.splice(0, self.items.length, ...makeSet([...self.items, item]).items);
    return null;
  },
  append: ({ items }, { args: [item = null] }) => {
    items.push(item);
    return null;
  },
  copy: ({ kind, items }) => ({ kind, items: [...items] }),
  count: ({ items }, { args: [item = null] }) => items.filter((one) => keyOf(one) === keyOf(item)).length,
  extend: ({ items }, { args: [more = null] }) => {
    items.push(...itemsOf(more));
    return null;
  },
  index: ({ items }, { args: [item = null] }) => items.findIndex((one) => keyOf(one) === keyOf(item)),
  insert: ({ items }, call) => {
    items.splice(numberAt(call, 0, 0), 0, call.args[1] ?? null);
    return null;
  },
  union: ({ items }, { args }) => makeSet([...items, ...args.flatMap(itemsOf)]),
};
