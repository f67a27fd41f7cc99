import { textOf } from './python/format-text.ts';
import {
  itemsOf,
  makeBuiltin,
  makeTuple,
  type PythonCall,
  type PythonObject,
  type PythonValue,
  Unreadable,
} from './python/python-value.ts';

/** One value of a variant, with the condition under which it exists. */
export interface VariantValue {
  readonly value: string;
  readonly when?: string;
}

/** What `values=` of a variant comes to. */
export interface VariantValues {
  /** Absent where any text, or a test in Python, is allowed. */
  readonly values?: readonly VariantValue[];
  readonly sets?: readonly (readonly string[])[];
  readonly default?: string;
  readonly multi?: boolean;
}

const none = 'none';

/** The functions of recipes that make values of variants: `any_combination_of`, `disjoint_sets`, `conditional` and their like. */
export const valueFunctions: Readonly<Record<string, (call: PythonCall) => PythonValue>> = {
  any_combination_of: ({ args }) => combinationOf(none, args),
  auto_or_any_combination_of: ({ args }) => combinationOf('auto', args),
  conditional: makeConditional,
  disjoint_sets: ({ args }) => makeSets([[none], ...args.map(flatten)], none),
  DisjointSetsOfValues: ({ args }) => makeSets(args.map(flatten), undefined),
};

function combinationOf(single: string, args: readonly PythonValue[]): PythonValue {
  return makeSets([[single], args.flatMap(flatten)], single);
}

type ValueSets = readonly (readonly VariantValue[])[];

function makeSets(sets: readonly (readonly (string | VariantValue)[])[], otherwise: string | undefined): PythonObject {
  const known: ValueSets = sets.map((set) => set.map((item) => (typeof item === 'string' ? { value: item } : item)));
  const withoutEmpty = () => known.filter((set) => !(set.length === 1 && set[0]?.value === none));
  const make = (name: string, call: (call: PythonCall) => PythonValue) => makeBuiltin(name, call);
  const member = (name: string): PythonValue | undefined => {
    switch (name) {
      case 'with_default':
        return make(name, ({ args: [value = null] }) => makeSets(known, textOf(value)));
      case 'with_error':
      case 'with_non_feature_values':
        return make(name, () => object);
      case 'prohibit_empty_set':
        return make(name, () => makeSets(withoutEmpty(), undefined));
      case 'allow_empty_set':
        return make(name, () =>
          withoutEmpty().length < known.length ? object : makeSets([[none], ...known], otherwise),
        );
      case '__iter__':
      case 'feature_values':
        return makeTuple(known.flat().map(({ value }) => value));
      default:
        return undefined;
    }
  };
  const data: VariantValues = {
    values: known.flat(),
    sets: known.map((set) => set.map(({ value }) => value)),
    ...(otherwise !== undefined && { default: otherwise }),
    multi: true,
  };
  const object: PythonObject = { kind: 'object', type: 'value sets', member, data };
  return object;
}

function makeConditional({ args, keywords }: PythonCall): PythonValue {
  const when = keywords.get('when') ?? null;
  if (when === false) return makeTuple([]);
  if (when !== null && when !== true && typeof when !== 'string')
    throw new Unreadable('the condition of a value is no text');
  const condition = typeof when === 'string' ? when : undefined;
  const values: readonly VariantValue[] = args
    .flatMap(flatten)
    .map(({ value }) => ({ value, ...(condition !== undefined && { when: condition }) }));
  const items = makeTuple(values.map(makeValue));
  return {
    kind: 'object',
    type: 'conditional values',
    member: (name) => (name === '__iter__' ? items : undefined),
    data: values,
  };
}

function makeValue(one: VariantValue): PythonObject {
  const { value, when } = one;
  const members: Readonly<Record<string, PythonValue>> = { value, when: when ?? null };
  return { kind: 'object', type: 'conditional value', text: value, member: (name) => members[name], data: [one] };
}

function flatten(value: PythonValue): VariantValue[] {
  if (typeof value === 'object' && value !== null) {
    if (value.kind === 'object' && value.type.startsWith('conditional value'))
      return [...(value.data as VariantValue[])];
    if (value.kind !== 'float' && value.kind !== 'callable' && (value.kind !== 'object' || value.type === 'value sets'))
      return itemsOf(value).flatMap(flatten);
  }
  return [{ value: textOf(value) }];
}

/** Reads what stands behind `values=` of a variant.
 * @throws Unreadable */
export function readVariantValues(value: PythonValue): VariantValues {
  if (value === null || value === '*') return {};
  if (typeof value === 'object' && value.kind === 'callable') return {};
  if (typeof value === 'object' && value.kind === 'object' && value.type === 'value sets')
    return value.data as VariantValues;
  return { values: flatten(value) };
}
