import type { PythonExpression, PythonFunction, PythonParameter } from './python-syntax.ts';

/** A value of an evaluated file: numbers without a kind are integers, `null` is None. */
export type PythonValue =
  | string
  | number
  | boolean
  | null
  | PythonFloat
  | PythonItems
  | PythonDict
  | PythonCallable
  | PythonObject;

/** A number with a fraction, or one that was written with a point. */
export interface PythonFloat {
  readonly kind: 'float';
  readonly value: number;
}

/** A list, tuple or set; a set has no two items with one key. */
export interface PythonItems {
  readonly kind: 'list' | 'tuple' | 'set';
  readonly items: PythonValue[];
}

/** A dict, by the keys that `keyOf` gives; in the order of insertion. */
export interface PythonDict {
  readonly kind: 'dict';
  readonly entries: Map<string, readonly [key: PythonValue, value: PythonValue]>;
}

/** Something that can be called. */
export interface PythonCallable {
  readonly kind: 'callable';
  readonly name: string;
  readonly call: (call: PythonCall) => PythonValue;
  /** The function of a file that it is. */
  readonly definition?: PythonFunction;
  /** True for a function that can do without some of its arguments; it is told which ones are not known. */
  readonly lenient?: true;
}

/** A call's arguments, and its line. */
export interface PythonCall {
  readonly args: readonly PythonValue[];
  readonly keywords: ReadonlyMap<string, PythonValue>;
  /** Of a lenient function: why the values of arguments are not known, by name or number. */
  readonly unknown?: ReadonlyMap<string | number, Unreadable>;
  readonly line: number;
}

/** A value of another kind: a module, a class, a version, a set of variant values. */
export interface PythonObject {
  readonly kind: 'object';
  readonly type: string;
  /** The value of an attribute; undefined where it has none.
   * @throws Unreadable */
  readonly member: (name: string) => PythonValue | undefined;
  /** What only those who made it understand. */
  readonly data?: unknown;
  /** How `str()` shows it. */
  readonly text?: string;
}

/** What a file says that cannot be known without running it, or is not understood. Caught where a statement can be left out. */
export class Unreadable extends Error {}

/** A name's value, or the reason why it is not known. */
export type Binding = PythonValue | Unreadable;

/** Names and their values: of a file, of a class, of a call. */
export interface PythonScope {
  readonly names: Map<string, Binding>;
  readonly parent?: PythonScope;
  /** True for a class, whose names the functions inside do not see. */
  readonly isClass?: boolean;
  /** Of the scope of a file: its path. */
  readonly file?: string;
}

/** The path of the file that a scope belongs to. */
export function fileOf(scope: PythonScope): string {
  return scope.file ?? (scope.parent === undefined ? '' : fileOf(scope.parent));
}

/** What evaluation needs beside scopes. */
export interface PythonMachine {
  /** Steps that are left; a file that takes more is not read further. */
  steps: number;
  /** What the functions that are under way have yielded, the innermost last. */
  readonly yielded: PythonValue[][];
  /** Names that every file knows. */
  readonly builtins: ReadonlyMap<string, PythonValue>;
  /** The value of an expression.
   * @throws Unreadable */
  readonly evaluate: (expression: PythonExpression, scope: PythonScope) => PythonValue;
  /** Runs a function's body.
   * @throws Unreadable */
  readonly callFunction: (
    called: { readonly parameters: readonly PythonParameter[]; readonly scope: PythonScope } & (
      | { readonly definition: PythonFunction }
      | { readonly body: PythonExpression }
    ),
    call: PythonCall,
  ) => PythonValue;
}

/** The key under which a set or dict keeps a value.
 * @throws Unreadable for values that cannot be keys */
export function keyOf(value: PythonValue): string {
  if (typeof value === 'string') return `s${value}`;
  if (value === null) return 'None';
  if (typeof value !== 'object') return `n${Number(value)}`;
  if (value.kind === 'float') return `n${value.value}`;
  if (value.kind === 'tuple') return `t(${value.items.map(keyOf).join('\0')})`;
  if (value.kind === 'object' && value.text !== undefined) return `o${value.type} ${value.text}`;
  throw new Unreadable(`a ${kindOf(value)} is no key`);
}

/** The name of a value's kind, for people. */
export function kindOf(value: PythonValue): string {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  if (value === null) return 'None';
  if (typeof value === 'boolean') return 'truth value';
  return value.kind === 'object' ? value.type : value.kind;
}

/** The items that a loop over a value visits.
 * @throws Unreadable */
export function itemsOf(value: PythonValue): readonly PythonValue[] {
  if (typeof value === 'string') return [...value];
  if (typeof value === 'object' && value !== null) {
    if ('items' in value) return value.items;
    if (value.kind === 'dict') return [...value.entries.values()].map(([key]) => key);
    const items = value.kind === 'object' ? value.member('__iter__') : undefined;
    if (items !== undefined) return itemsOf(items);
  }
  throw new Unreadable(`nothing is known of the items of a ${kindOf(value)}`);
}

/** Makes a set, keeping the first of equal items. */
export function makeSet(items: Iterable<PythonValue>): PythonItems {
  const distinct = new Map<string, PythonValue>();
  for (const item of items) if (!distinct.has(keyOf(item))) distinct.set(keyOf(item), item);
  return { kind: 'set', items: [...distinct.values()] };
}

/** Makes a dict. */
export function makeDict(entries: Iterable<readonly [PythonValue, PythonValue]>): PythonDict {
  return { kind: 'dict', entries: new Map([...entries].map((entry) => [keyOf(entry[0]), entry])) };
}

/** Makes a tuple. */
export function makeTuple(items: Iterable<PythonValue>): PythonItems {
  return { kind: 'tuple', items: [...items] };
}

/** Makes a list. */
export function makeList(items: Iterable<PythonValue>): PythonItems {
  return { kind: 'list', items: [...items] };
}

/** Makes a function that the reader itself provides. */
export function makeBuiltin(name: string, call: PythonCallable['call']): PythonCallable {
  return { kind: 'callable', name, call };
}

/** True where Python takes a value as true.
 * @throws Unreadable */
export function isTrue(value: PythonValue): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value);
  if (value.kind === 'float') return value.value !== 0;
  if ('items' in value) return value.items.length > 0;
  if (value.kind === 'dict') return value.entries.size > 0;
  if (value.kind === 'object' && value.type === 'unknown') throw new Unreadable('whether it holds is not known');
  return true;
}
