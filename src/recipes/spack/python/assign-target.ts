import type { PythonExpression } from './python-syntax.ts';
import {
  itemsOf,
  keyOf,
  makeList,
  type PythonMachine,
  type PythonScope,
  type PythonValue,
  Unreadable,
} from './python-value.ts';

/** Gives a value to what stands on the left of `=`, or before `in` of a loop.
 * @throws Unreadable */
export function assignTarget(
  target: PythonExpression,
  value: PythonValue,
  scope: PythonScope,
  machine: PythonMachine,
): void {
  if (target.is === 'name') scope.names.set(target.name, value);
  else if (target.is === 'tuple' || target.is === 'list') assignItems(target.items, itemsOf(value), scope, machine);
  else if (target.is === 'item') {
    const container = machine.evaluate(target.of, scope);
    assignItem(container, machine.evaluate(target.index, scope), value);
  }
  // attributes of functions and objects are read by nobody here
  else if (target.is !== 'attribute') throw new Unreadable('what is assigned to is not understood');
}

function assignItem(container: PythonValue, key: PythonValue, value: PythonValue): void {
  if (typeof container === 'object' && container?.kind === 'dict') container.entries.set(keyOf(key), [key, value]);
  else if (typeof container === 'object' && container?.kind === 'list' && isIndex(key, container.items.length))
    container.items[key] = value;
  else throw new Unreadable('what is assigned to is not understood');
}

function isIndex(key: PythonValue, length: number): key is number {
  return typeof key === 'number' && key >= 0 && key < length;
}

function assignItems(
  targets: readonly PythonExpression[],
  items: readonly PythonValue[],
  scope: PythonScope,
  machine: PythonMachine,
): void {
  const star = targets.findIndex(({ is }) => is === 'star');
  if (star < 0 ? targets.length !== items.length : items.length < targets.length - 1)
    throw new Unreadable(`${items.length} values are assigned to ${targets.length} names`);
  const behind = targets.length - star - 1;
  for (const [index, target] of targets.entries()) {
    if (target.is === 'star')
      assignTarget(target.of, makeList(items.slice(star, items.length - behind)), scope, machine);
    else
      assignTarget(
        target,
        items[star >= 0 && index > star ? items.length - (targets.length - index) : index]!,
        scope,
        machine,
      );
  }
}

/** The names that a target gives values to. */
export function namesIn(target: PythonExpression): readonly string[] {
  if (target.is === 'name') return [target.name];
  if (target.is === 'tuple' || target.is === 'list') return target.items.flatMap(namesIn);
  return target.is === 'star' || target.is === 'item' ? namesIn(target.of) : [];
}
