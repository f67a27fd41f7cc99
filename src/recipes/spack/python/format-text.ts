import { type PythonValue, Unreadable } from './python-value.ts';

const longest = 100_000;

/** The text of a value, as `str()` gives it.
 * @throws Unreadable */
export function textOf(value: PythonValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value?.kind === 'object' && value.text !== undefined) return value.text;
  return reprOf(value);
}

/** The text of a value as a program would write it, as `repr()` gives it.
 * @throws Unreadable */
export function reprOf(value: PythonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quoted(value);
  if (value.kind === 'float') return reprOfFloat(value.value);
  if (value.kind === 'list') return `[${value.items.map(reprOf).join(', ')}]`;
  if (value.kind === 'tuple') return `(${value.items.map(reprOf).join(', ')}${value.items.length === 1 ? ',' : ''})`;
  throw new Unreadable(`the text of a ${value.kind} is not known`);
}

function quoted(text: string): string {
  return text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function reprOfFloat(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? value.toFixed(1) : String(value);
}

/** `value` shown as the part behind the `:` of a field says: fill, alignment, width, digits.
 * @throws Unreadable for forms that are not understood */
export function formatValue(value: PythonValue, form: string): string {
  if (form === '') return textOf(value);
  const match = /^(?:(.)?([<>^]))?(0)?(\d*)(?:\.(\d+))?([sdf])?$/s.exec(form);
  if (match === null) throw new Unreadable(`the form "${form}" is not understood`);
  const [, fill, side, zero, width = '', digits, kind] = match;
  const text = digitsOf(value, digits, kind);
  const padding = fill ?? (zero === undefined ? ' ' : '0');
  const size = Math.min(Number(width), longest);
  const toLeft = side === '<' || (side === undefined && typeof value === 'string');
  if (side === '^') throw new Unreadable('centred text is not understood');
  return toLeft ? text.padEnd(size, padding) : text.padStart(size, padding);
}

function digitsOf(value: PythonValue, digits: string | undefined, kind: string | undefined): string {
  const number = typeof value === 'object' && value?.kind === 'float' ? value.value : value;
  if (kind === 'f' && typeof number === 'number') return number.toFixed(Math.min(Number(digits ?? 6), 100));
  const text = textOf(value);
  return digits !== undefined && typeof value === 'string' ? text.slice(0, Number(digits)) : text;
}

/** `form % value`.
 * @throws Unreadable */
export function formatPercent(form: string, value: PythonValue): string {
  const isTuple = typeof value === 'object' && value?.kind === 'tuple';
  const values = isTuple ? value.items : [value];
  let next = 0;
  return form.replace(
    /%(?:\((\w+)\))?(0?\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, key: string | undefined, width: string, digits: string | undefined, kind: string) => {
      if (kind === '%') return '%';
      const item = key === undefined ? values[next] : entryOf(value, key);
      next += 1;
      if (item === undefined || !'sdifr'.includes(kind)) throw new Unreadable(`"${form}" cannot be filled in`);
      if (kind === 'r') return reprOf(item);
      const text = digitsOf(item, kind === 'f' ? digits : undefined, kind);
      return text.padStart(Math.min(Number(width), longest), width.startsWith('0') ? '0' : ' ');
    },
  );
}

function entryOf(value: PythonValue, key: string): PythonValue | undefined {
  return typeof value === 'object' && value?.kind === 'dict' ? value.entries.get(`s${key}`)?.[1] : undefined;
}

/** `form.format(...)`: fields by number, by name, or in their order; with attributes and indexes.
 * @throws Unreadable */
export function formatFields(
  form: string,
  args: readonly PythonValue[],
  keywords: ReadonlyMap<string, PythonValue>,
): string {
  let next = 0;
  const valueAt = (path: string): PythonValue => {
    const [name = '', ...steps] = path.split(/(?=[.[])/);
    const given = name === '' ? args[next] : /^\d+$/.test(name) ? args[Number(name)] : keywords.get(name);
    if (name === '') next += 1;
    if (given === undefined) throw new Unreadable(`the field "{${path}}" has no value`);
    return steps.reduce(stepInto, given);
  };
  return form.replace(fields, (all, path?: string, conversion?: string, inner = '') => {
    if (path === undefined) return all.charAt(0);
    const value = valueAt(path);
    const shape = inner.includes('{') ? formatFields(inner, args, keywords) : inner;
    return formatValue(conversion === '!r' ? reprOf(value) : value, shape);
  });
}

const fields = /\{\{|\}\}|\{([^{}!:]*)(![rsa])?(?::((?:[^{}]|\{[^{}]*\})*))?\}/g;

function stepInto(value: PythonValue, step: string): PythonValue {
  const found = step.startsWith('.') ? memberOf(value, step.slice(1)) : indexOf(value, step.slice(1, -1));
  if (found === undefined) throw new Unreadable(`"${step}" of a field is not known`);
  return found;
}

function memberOf(value: PythonValue, name: string): PythonValue | undefined {
  return typeof value === 'object' && value?.kind === 'object' ? value.member(name) : undefined;
}

function indexOf(value: PythonValue, index: string): PythonValue | undefined {
  if (typeof value === 'object' && value !== null && 'items' in value) return value.items[Number(index)];
  return entryOf(value, index);
}
