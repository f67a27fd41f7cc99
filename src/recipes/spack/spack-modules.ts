import { textOf } from './python/format-text.ts';
import { makeModule, pythonBuiltins } from './python/python-builtins.ts';
import { regularExpressions } from './python/python-patterns.ts';
import {
  itemsOf,
  makeBuiltin,
  makeDict,
  makeList,
  makeTuple,
  type PythonCall,
  type PythonObject,
  type PythonValue,
  Unreadable,
} from './python/python-value.ts';
import { makeVersion, versionText } from './spack-version.ts';
import { valueFunctions } from './variant-values.ts';

/** The machine that conditions of recipes on their host are read for; its system is always Linux. */
export interface SpackHost {
  /** As `uname -m` has it. */
  readonly machine: string;
}

/** The modules of Python that recipes import, with the members whose values are known. */
export function modulesFor({ machine }: SpackHost): ReadonlyMap<string, PythonObject> {
  const facts = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, makeBuiltin(name, () => value)]));
  const path = makeModule('os.path', {
    basename: makeBuiltin('basename', ({ args: [value = ''] }) => textOf(value).replace(/^.*\//s, '')),
    dirname: makeBuiltin('dirname', ({ args: [value = ''] }) => textOf(value).replace(/\/?[^/]*$/, '')),
    join: makeBuiltin('join', ({ args }) => joinPath(args)),
    splitext: makeBuiltin('splitext', ({ args: [value = ''] }) => {
      const [, stem = '', ending = ''] = /^(.*?)(\.[^./]*)?$/s.exec(textOf(value)) ?? [];
      return makeTuple([stem, ending]);
    }),
  });
  return new Map([
    ['sys', makeModule('sys', { platform: 'linux', byteorder: 'little' })],
    ['platform', makeModule('platform', facts({ machine, processor: machine, system: 'Linux' }))],
    ['os', makeModule('os', { path, name: 'posix', sep: '/', linesep: '\n' })],
    ['os.path', path],
    [
      'copy',
      makeModule('copy', { copy: makeBuiltin('copy', copyValue), deepcopy: makeBuiltin('deepcopy', copyValue) }),
    ],
    ['re', regularExpressions],
    [
      'itertools',
      makeModule('itertools', {
        chain: makeChain(),
        permutations: makeBuiltin('permutations', permutations),
        product: makeBuiltin('product', ({ args }) => product(args)),
      }),
    ],
  ]);
}

/** The classes of Spack itself that recipes inherit from or name; they declare nothing that an index holds. */
const coreClasses = [
  'GenericBuilder',
  'PackageBase',
  'Builder',
  'BuilderWithDefaults',
  'PackageMixin',
  'EnvironmentModifications',
  'Prefix',
  'object',
];

/** What every recipe knows without importing it: Python's functions, and those of Spack that make values. */
export function createGlobals(): Map<string, PythonValue> {
  const functions: Readonly<Record<string, Parameters<typeof makeBuiltin>[1]>> = {
    ...valueFunctions,
    Version: ({ args: [value = null] }) => makeVersion(versionText(value)),
    Spec: ({ args: [value = null] }) => makeSpec(textOf(value)),
    join_path: ({ args }) => joinPath(args),
  };
  return new Map<string, PythonValue>([
    ...pythonBuiltins,
    ...Object.entries(functions).map(([name, call]) => [name, makeBuiltin(name, call)] as const),
    ...coreClasses.map((name) => [name, coreClass(name)] as const),
  ]);
}

/** The value of `Spec("name +variant")`, of which recipes ask the name. */
function makeSpec(text: string): PythonObject {
  const name = /^\s*([A-Za-z0-9_][\w.-]*)(?!\s*=)/.exec(text)?.[1] ?? null;
  return { kind: 'object', type: 'spec', text, member: (member) => (member === 'name' ? name : undefined) };
}

function coreClass(name: string): PythonObject {
  return { kind: 'object', type: 'core class', member: () => undefined, text: name };
}

function joinPath(parts: readonly PythonValue[]): string {
  return parts
    .map(textOf)
    .reduce(
      (path, part) =>
        part.startsWith('/') ? part : path === '' || path.endsWith('/') ? path + part : `${path}/${part}`,
      '',
    );
}

function makeChain(): PythonObject {
  const chain = makeBuiltin('chain', ({ args }) => makeList(args.flatMap(itemsOf)));
  const members: Readonly<Record<string, PythonValue>> = {
    __call__: chain,
    from_iterable: makeBuiltin('from_iterable', ({ args: [lists = null] }) =>
      makeList(itemsOf(lists).flatMap(itemsOf)),
    ),
  };
  return { kind: 'object', type: 'function', member: (name) => members[name] };
}

function product(lists: readonly PythonValue[]): PythonValue {
  const tuples = lists.map(itemsOf).reduce<PythonValue[][]>(
    (made, items) => {
      if (made.length * items.length > 100_000) throw new Unreadable('a product has too many items');
      return made.flatMap((tuple) => items.map((item) => [...tuple, item]));
    },
    [[]],
  );
  return makeList(tuples.map(makeTuple));
}

function permutations({ args: [items = null, length] }: PythonCall): PythonValue {
  const list = itemsOf(items);
  const count = length === undefined ? list.length : length;
  if (count !== 2 || list.length > 300) throw new Unreadable('only permutations of two items are understood');
  return makeList(list.flatMap((a, i) => list.flatMap((b, j) => (i === j ? [] : [makeTuple([a, b])]))));
}

/** A copy whose lists and dicts are copies too. */
function copyValue({ args: [value = null] }: PythonCall): PythonValue {
  return copied(value);
}

function copied(value: PythonValue): PythonValue {
  if (typeof value !== 'object' || value === null) return value;
  if ('items' in value) return { kind: value.kind, items: value.items.map(copied) };
  return value.kind === 'dict'
    ? makeDict([...value.entries.values()].map(([key, item]) => [key, copied(item)] as const))
    : value;
}
