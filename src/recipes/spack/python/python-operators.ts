import { formatPercent } from './format-text.ts';
import {
  itemsOf,
  keyOf,
  kindOf,
  makeDict,
  makeSet,
  type PythonItems,
  type PythonValue,
  Unreadable,
} from './python-value.ts';

const longestText = 1_000_000;
const mostItems = 100_000;

/** `left operator right`.
 * @throws Unreadable */
export function applyBinary(operator: string, left: PythonValue, right: PythonValue): PythonValue {
  if (operator === '%' && typeof left === 'string') return formatPercent(left, right);
  if (typeof left === 'string' && typeof right === 'string' && operator === '+') return limited(left + right);
  const numbers = numbersOf(left, right);
  if (numbers !== undefined) return calculate(operator, numbers);
  if (operator === '*') return repeat(left, right);
  if (isItems(left) && isItems(right)) return combine(operator, left, right);
  if (operator === '|' && isDict(left) && isDict(right))
    return makeDict([...left.entries.values(), ...right.entries.values()]);
  throw new Unreadable(`"${operator}" of a ${kindOf(left)} and a ${kindOf(right)} is not understood`);
}

function limited(text: string): string {
  if (text.length > longestText) throw new Unreadable('a text is too long');
  return text;
}

function isItems(value: PythonValue): value is PythonItems {
  return typeof value === 'object' && value !== null && 'items' in value;
}

function isDict(value: PythonValue) {
  return typeof value === 'object' && value?.kind === 'dict';
}

/** The numbers of a value, and whether it has a fraction. */
function numberOf(value: PythonValue): { value: number; float: boolean } | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return { value: Number(value), float: false };
  return typeof value === 'object' && value?.kind === 'float' ? { value: value.value, float: true } : undefined;
}

function numbersOf(left: PythonValue, right: PythonValue) {
  const [a, b] = [numberOf(left), numberOf(right)];
  return a === undefined || b === undefined ? undefined : { a: a.value, b: b.value, float: a.float || b.float };
}

function calculate(operator: string, { a, b, float }: { a: number; b: number; float: boolean }): PythonValue {
  const made = (value: number) => {
    if (!Number.isFinite(value) || (!float && !Number.isSafeInteger(value)))
      throw new Unreadable('a number is too large');
    return float ? ({ kind: 'float', value } as const) : value;
  };
  switch (operator) {
    case '+':
      return made(a + b);
    case '-':
      return made(a - b);
    case '*':
      return made(a * b);
    case '**':
      return made(a ** b);
    case '//':
      return made(Math.floor(a / b));
    case '%':
      return made(a - b * Math.floor(a / b));
    case '/':
      if (b === 0) throw new Unreadable('a number is divided by zero');
      return { kind: 'float', value: a / b };
    default:
      throw new Unreadable(`"${operator}" of numbers is not understood`);
  }
}

function repeat(left: PythonValue, right: PythonValue): PythonValue {
  const [value, count] = typeof left === 'number' ? [right, left] : [left, right];
  if (typeof count !== 'number' || count > mostItems) throw new Unreadable('what is repeated is not understood');
  const times = Math.max(0, count);
  if (typeof value === 'string') {
    if (value.length * times > longestText) throw new Unreadable('a text is too long');
    return value.repeat(times);
  }
  if (!isItems(value) || value.items.length * times > mostItems)
    throw new Unreadable('what is repeated is not understood');
  return { kind: value.kind, items: Array.from({ length: times }, () => value.items).flat() };
}

function combine(operator: string, left: PythonItems, right: PythonItems): PythonValue {
  if (left.kind === 'set' && right.kind === 'set') {
    const [inLeft, inRight] = [new Set(left.items.map(keyOf)), new Set(right.items.map(keyOf))];
    if (operator === '|') return makeSet([...left.items, ...right.items]);
    if (operator === '&') return makeSet(left.items.filter((item) => inRight.has(keyOf(item))));
    if (operator === '-') return makeSet(left.items.filter((item) => !inRight.has(keyOf(item))));
    if (operator === '^')
      return makeSet([
        ...left.items.filter((item) => !inRight.has(keyOf(item))),
        ...right.items.filter((item) => !inLeft.has(keyOf(item))),
      ]);
  }
  const size = left.items.length + right.items.length;
  if (operator === '+' && left.kind === right.kind && left.kind !== 'set' && size <= mostItems)
    return { kind: left.kind, items: [...left.items, ...right.items] };
  throw new Unreadable(`"${operator}" of a ${left.kind} and a ${right.kind} is not understood`);
}

/** `left operator right` of a comparison.
 * @throws Unreadable */
export function compareValues(operator: string, left: PythonValue, right: PythonValue): boolean {
  switch (operator) {
    case '==':
      return areEqual(left, right);
    case '!=':
      return !areEqual(left, right);
    case 'is':
      return left === right;
    case 'is not':
      return left !== right;
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    default: {
      const order = orderOf(left, right);
      return operator === '<' ? order < 0 : operator === '>' ? order > 0 : operator === '<=' ? order <= 0 : order >= 0;
    }
  }
}

/** True when two values are equal.
 * @throws Unreadable */
export function areEqual(left: PythonValue, right: PythonValue): boolean {
  if (left === right) return true;
  if (isItems(left) && isItems(right) && left.kind === right.kind) return haveEqualItems(left, right);
  const numbers = numbersOf(left, right);
  if (numbers !== undefined) return numbers.a === numbers.b;
  if (isVersion(left) && (isVersion(right) || typeof right === 'string')) return compareByMember(left, right) === 0;
  if (isUnknown(left) || isUnknown(right)) throw new Unreadable('a value is not known');
  return false;
}

function haveEqualItems(left: PythonItems, right: PythonItems): boolean {
  if (left.items.length !== right.items.length) return false;
  if (left.kind === 'set') return left.items.every((item) => contains(right, item));
  return left.items.every((item, index) => areEqual(item, right.items[index]!));
}

function isVersion(value: PythonValue): boolean {
  return typeof value === 'object' && value?.kind === 'object' && value.type === 'version';
}

function isUnknown(value: PythonValue): boolean {
  return typeof value === 'object' && value?.kind === 'object' && value.type === 'unknown';
}

function contains(container: PythonValue, item: PythonValue): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') throw new Unreadable('only a text can be in a text');
    return container.includes(item);
  }
  if (isDict(container)) return (container as { entries: Map<string, unknown> }).entries.has(keyOf(item));
  return itemsOf(container).some((one) => areEqual(one, item));
}

/** Negative, zero or positive, as a value comes before another one, is equal, or comes behind it.
 * @throws Unreadable */
export function orderOf(left: PythonValue, right: PythonValue): number {
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right);
  const numbers = numbersOf(left, right);
  if (numbers !== undefined) return numbers.a - numbers.b;
  return isItems(left) && isItems(right) ? orderOfItems(left, right) : compareByMember(left, right);
}

function orderOfItems(left: PythonItems, right: PythonItems): number {
  const length = Math.min(left.items.length, right.items.length);
  for (let index = 0; index < length; index += 1) {
    const order = orderOf(left.items[index]!, right.items[index]!);
    if (order !== 0) return order;
  }
  return left.items.length - right.items.length;
}

function compareByMember(left: PythonValue, right: PythonValue): number {
  const compare = typeof left === 'object' && left?.kind === 'object' ? left.member('__compare__') : undefined;
  if (typeof compare === 'object' && compare?.kind === 'callable') {
    const order = compare.call({ args: [right], keywords: new Map(), line: 0 });
    if (typeof order === 'number') return order;
  }
  throw new Unreadable(`a ${kindOf(left)} and a ${kindOf(right)} cannot be compared`);
}
