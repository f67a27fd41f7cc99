import { reprOf, textOf } from './format-text.ts';
import { memberOf } from './python-methods.ts';
import { orderOf } from './python-operators.ts';
import {
  isTrue,
  itemsOf,
  kindOf,
  makeBuiltin,
  makeDict,
  makeList,
  makeSet,
  makeTuple,
  type PythonCall,
  type PythonObject,
  type PythonValue,
  Unreadable,
} from './python-value.ts';

const mostItems = 100_000;

const functions: Readonly<Record<string, (call: PythonCall) => PythonValue>> = {
  abs: ({ args: [value] }) => Math.abs(numberOf(value)),
  all: ({ args: [items = null] }) => itemsOf(items).every(isTrue),
  any: ({ args: [items = null] }) => itemsOf(items).some(isTrue),
  bool: ({ args: [value = false] }) => isTrue(value),
  dict: ({ args: [from], keywords }) => makeDict([...pairsOf(from), ...keywords]),
  enumerate: ({ args: [items = null, start], keywords }) => {
    const first = numberOf(start ?? keywords.get('start') ?? 0);
    return makeList(itemsOf(items).map((item, index) => makeTuple([first + index, item])));
  },
  filter: ({ args: [test = null, items = null], line }) =>
    makeList(itemsOf(items).filter((item) => isTrue(test === null ? item : callValue(test, [item], line)))),
  frozenset: ({ args: [items] }) => makeSet(items === undefined ? [] : itemsOf(items)),
  int: ({ args: [value] }) => toInteger(value),
  isinstance: ({ args: [value = null, type = null] }) => isInstance(value, type),
  len: ({ args: [value = null] }) => (typeof value === 'string' ? [...value].length : itemsOf(value).length),
  list: ({ args: [items] }) => makeList(items === undefined ? [] : itemsOf(items)),
  map: ({ args: [made = null, ...over], line }) => makeList(zipped(over).map((items) => callValue(made, items, line))),
  max: (call) => extreme(call, 1),
  min: (call) => extreme(call, -1),
  print: () => null,
  range: ({ args }) => range(args.map(numberOf)),
  repr: ({ args: [value = null] }) => reprOf(value),
  reversed: ({ args: [items = null] }) => makeList(itemsOf(items).toReversed()),
  set: ({ args: [items] }) => makeSet(items === undefined ? [] : itemsOf(items)),
  sorted: (call) => sorted(call),
  str: ({ args: [value] }) => (value === undefined ? '' : textOf(value)),
  sum: ({ args: [items = null] }) => itemsOf(items).reduce<number>((total, item) => total + numberOf(item), 0),
  type: ({ args: [value = null] }) => typeOf(value),
  tuple: ({ args: [items] }) => makeTuple(items === undefined ? [] : itemsOf(items)),
  zip: ({ args }) => makeList(zipped(args).map(makeTuple)),
};

/** The functions of Python that every file knows. */
export const pythonBuiltins: ReadonlyMap<string, PythonValue> = new Map(
  Object.entries(functions).map(([name, call]) => [name, makeBuiltin(name, call)]),
);

/** Calls a value with arguments.
 * @throws Unreadable */
export function callValue(called: PythonValue, args: readonly PythonValue[], line: number): PythonValue {
  if (typeof called !== 'object' || called?.kind !== 'callable') throw new Unreadable('what is called is no function');
  return called.call({ args, keywords: new Map(), line });
}

/** A module, or a part of one, that has these members and no others that are known. */
export function makeModule(name: string, members: Readonly<Record<string, PythonValue>>): PythonObject {
  return {
    kind: 'object',
    type: 'module',
    member: (member) => {
      if (Object.hasOwn(members, member)) return members[member];
      throw new Unreadable(`"${name}.${member}" is not known`);
    },
  };
}

function numberOf(value: PythonValue | undefined): number {
  if (typeof value === 'number') return value;
  throw new Unreadable('a whole number is expected');
}

function toInteger(value: PythonValue | undefined): number {
  if (typeof value === 'string' && /^\s*[-+]?\d{1,15}\s*$/.test(value)) return Number(value);
  if (typeof value === 'object' && value?.kind === 'float') return Math.trunc(value.value);
  return numberOf(typeof value === 'boolean' ? Number(value) : value);
}

function pairsOf(from: PythonValue | undefined): (readonly [PythonValue, PythonValue])[] {
  if (from === undefined) return [];
  if (typeof from === 'object' && from?.kind === 'dict') return [...from.entries.values()];
  return itemsOf(from).map((pair) => {
    const [key = null, value = null] = itemsOf(pair);
    return [key, value] as const;
  });
}

/** The names of Python's types, by those of the kinds of values. */
const typeNames: Readonly<Record<string, string>> = { text: 'str', number: 'int', 'truth value': 'bool' };

function typeOf(value: PythonValue): PythonValue {
  const found = pythonBuiltins.get(typeNames[kindOf(value)] ?? kindOf(value));
  if (found === undefined) throw new Unreadable(`the type of a ${kindOf(value)} is not known`);
  return found;
}

function isInstance(value: PythonValue, type: PythonValue): boolean {
  const names = typeof type === 'object' && type !== null && 'items' in type ? type.items : [type];
  return names.some((one) => {
    const name = memberOf(one, '__name__');
    if (typeof name !== 'string') throw new Unreadable('a type is not known');
    return (typeNames[kindOf(value)] ?? kindOf(value)) === name;
  });
}

function zipped(lists: readonly PythonValue[]): PythonValue[][] {
  const items = lists.map(itemsOf);
  const length = Math.min(...items.map((list) => list.length));
  return Array.from({ length: items.length === 0 ? 0 : length }, (_, index) => items.map((list) => list[index]!));
}

function range(numbers: readonly number[]): PythonValue {
  const [from, to, step = 1] = numbers.length === 1 ? [0, numbers[0]!] : (numbers as [number, number, number?]);
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= mostItems)) throw new Unreadable('a range is too long');
  return makeList(Array.from({ length }, (_, index) => from + index * step));
}

function sorted({ args: [items = null], keywords, line }: PythonCall): PythonValue {
  const key = keywords.get('key');
  const keyed = itemsOf(items).map((item) => ({ item, key: key === undefined ? item : callValue(key, [item], line) }));
  const order = keyed.sort((a, b) => orderOf(a.key, b.key)).map(({ item }) => item);
  return makeList(keywords.get('reverse') === true ? order.reverse() : order);
}

function extreme({ args, keywords, line }: PythonCall, sign: number): PythonValue {
  const items = args.length === 1 ? itemsOf(args[0]!) : args;
  const key = keywords.get('key');
  const rank = (item: PythonValue) => (key === undefined ? item : callValue(key, [item], line));
  const [first, ...rest] = items;
  if (first === undefined) throw new Unreadable('there is no largest of no items');
  return rest.reduce((best, item) => (sign * orderOf(rank(item), rank(best)) > 0 ? item : best), first);
}
