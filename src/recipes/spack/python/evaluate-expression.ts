import { assignTarget } from './assign-target.ts';
import { formatValue, reprOf, textOf } from './format-text.ts';
import { memberOf } from './python-methods.ts';
import { applyBinary, compareValues } from './python-operators.ts';
import type { FormattedPart, PythonExpression } from './python-syntax.ts';
import {
  isTrue,
  itemsOf,
  keyOf,
  makeDict,
  makeList,
  makeSet,
  makeTuple,
  type PythonMachine,
  type PythonScope,
  type PythonValue,
  Unreadable,
} from './python-value.ts';

type Of<Kind extends PythonExpression['is']> = PythonExpression & { readonly is: Kind };

/** The value of an expression, found without running Python: what cannot be known is an error, never a guess.
 * @throws Unreadable */
export function evaluate(expression: PythonExpression, scope: PythonScope, machine: PythonMachine): PythonValue {
  spend(machine);
  const value = (part: PythonExpression) => evaluate(part, scope, machine);
  switch (expression.is) {
    case 'text':
    case 'constant':
      return expression.value;
    case 'number':
      return expression.float ? { kind: 'float', value: expression.value } : expression.value;
    case 'formatted':
      return expression.parts.map((part) => formatPart(part, value)).join('');
    case 'name':
      return lookUp(expression.name, scope, machine);
    case 'attribute':
      return memberOf(value(expression.of), expression.name);
    case 'item':
      return itemOf(value(expression.of), expression.index, value);
    case 'call':
      return callValue(expression, scope, machine);
    case 'list':
    case 'tuple':
    case 'set':
      return makeItems(expression, value);
    case 'dict':
      return makeEntries(expression, value);
    case 'unary':
      return applyUnary(expression.operator, value(expression.of));
    case 'binary':
      return applyBinary(expression.operator, value(expression.left), value(expression.right));
    case 'compare':
      return compareChain(expression, value);
    case 'logic':
      return applyLogic(expression, value);
    case 'choice':
      return value(isTrue(value(expression.test)) ? expression.yes : expression.no);
    case 'lambda':
      return makeLambda(expression, scope, machine);
    case 'comprehension':
      return comprehend(expression, scope, machine);
    case 'star':
    case 'slice':
      throw new Unreadable(`a ${expression.is} stands where none can`);
    case 'yield':
      machine.yielded.at(-1)?.push(expression.value === undefined ? null : value(expression.value));
      return null;
    case 'other':
      throw new Unreadable(`"${expression.what}" is not understood`);
  }
}

/** Takes one step of those that a file may take.
 * @throws Unreadable when there are none left */
export function spend(machine: PythonMachine): void {
  machine.steps -= 1;
  if (machine.steps < 0) throw new Unreadable('it takes too many steps');
}

/** The value of a name, as a file's own scopes or the builtins have it.
 * @throws Unreadable */
export function lookUp(name: string, scope: PythonScope, machine: PythonMachine): PythonValue {
  for (let at: PythonScope | undefined = scope; at !== undefined; at = at.parent) {
    if (at.isClass && at !== scope) continue;
    const found = at.names.get(name);
    if (found instanceof Unreadable) throw new Unreadable(`"${name}" is not known: ${found.message}`);
    if (found !== undefined) return found;
  }
  const builtin = machine.builtins.get(name);
  if (builtin === undefined) throw new Unreadable(`"${name}" is not known`);
  return builtin;
}

type Value = (part: PythonExpression) => PythonValue;

function formatPart(part: FormattedPart, value: Value): string {
  if (typeof part === 'string') return part;
  const shown = value(part.value);
  const form = part.form.map((inner) => formatPart(inner, value)).join('');
  if (part.conversion === 'r') return reprOf(shown);
  return formatValue(shown, form);
}

function itemOf(container: PythonValue, index: PythonExpression, value: Value): PythonValue {
  if (index.is === 'slice') return sliceOf(container, index, value);
  const key = value(index);
  if (typeof container === 'object' && container?.kind === 'dict') {
    const found = container.entries.get(keyOf(key));
    if (found === undefined) throw new Unreadable(`a dict has no key "${textOf(key)}"`);
    return found[1];
  }
  const items = typeof container === 'object' && container?.kind === 'object' ? itemsOf(container) : listOf(container);
  if (typeof key !== 'number') throw new Unreadable('an index is no number');
  const found = items.at(key);
  if (found === undefined) throw new Unreadable(`there is no item ${key}`);
  return found;
}

function listOf(container: PythonValue): readonly PythonValue[] {
  if (typeof container === 'object' && container?.kind === 'set') throw new Unreadable('a set has no order');
  return itemsOf(container);
}

function sliceOf(container: PythonValue, slice: Of<'slice'>, value: Value): PythonValue {
  const bound = (part: PythonExpression | undefined) => {
    const found = part === undefined ? undefined : value(part);
    if (found !== undefined && found !== null && typeof found !== 'number')
      throw new Unreadable('a bound is no number');
    return found ?? undefined;
  };
  const step = bound(slice.step);
  const [from, to] = [bound(slice.from), bound(slice.to)];
  if (step === -1 && from === undefined && to === undefined) return rebuild(container, listOf(container).toReversed());
  if (step !== undefined && step !== 1) throw new Unreadable('a slice with steps is not understood');
  return rebuild(container, listOf(container).slice(from, to));
}

function rebuild(like: PythonValue, items: readonly PythonValue[]): PythonValue {
  if (typeof like === 'string') return items.join('');
  return typeof like === 'object' && like?.kind === 'tuple' ? makeTuple(items) : makeList(items);
}

function makeItems({ is, items }: Of<'list' | 'tuple' | 'set'>, value: Value): PythonValue {
  const values = items.flatMap((item) => (item.is === 'star' ? itemsOf(value(item.of)) : [value(item)]));
  return is === 'set' ? makeSet(values) : { kind: is, items: values };
}

function makeEntries({ entries }: Of<'dict'>, value: Value): PythonValue {
  return makeDict(
    entries.flatMap(({ key, value: item }) => {
      if (key !== undefined) return [[value(key), value(item)] as const];
      const other = value(item);
      if (typeof other !== 'object' || other?.kind !== 'dict')
        throw new Unreadable('only a dict can be spread in a dict');
      return [...other.entries.values()];
    }),
  );
}

function applyUnary(operator: string, value: PythonValue): PythonValue {
  if (operator === 'not') return !isTrue(value);
  if (typeof value === 'number' && operator !== '~') return operator === '-' ? -value : value;
  if (typeof value === 'object' && value?.kind === 'float' && operator === '-')
    return { kind: 'float', value: -value.value };
  throw new Unreadable(`"${operator}" is not understood here`);
}

function compareChain({ first, rest }: Of<'compare'>, value: Value): boolean {
  let left = value(first);
  for (const { operator, right } of rest) {
    const next = value(right);
    if (!compareValues(operator, left, next)) return false;
    left = next;
  }
  return true;
}

function applyLogic({ operator, left, right }: Of<'logic'>, value: Value): PythonValue {
  const first = value(left);
  return isTrue(first) === (operator === 'or') ? first : value(right);
}

function callValue({ of, args, keywords, line }: Of<'call'>, scope: PythonScope, machine: PythonMachine): PythonValue {
  const called = evaluate(of, scope, machine);
  const callable = typeof called === 'object' && called?.kind === 'object' ? called.member('__call__') : called;
  if (typeof callable !== 'object' || callable?.kind !== 'callable')
    throw new Unreadable('what is called is no function that is known');
  const unknown = new Map<string | number, Unreadable>();
  const value = (part: PythonExpression, key: string | number) => {
    if (!callable.lenient) return evaluate(part, scope, machine);
    try {
      return evaluate(part, scope, machine);
    } catch (problem) {
      if (!(problem instanceof Unreadable)) throw problem;
      unknown.set(key, problem);
      return null;
    }
  };
  const named = new Map<string, PythonValue>();
  for (const { name, value: part } of keywords) {
    if (name !== undefined) named.set(name, value(part, name));
    else for (const [key, item] of entriesIn(evaluate(part, scope, machine))) named.set(textOf(key), item);
  }
  const values = args.flatMap((part, index) =>
    part.is === 'star' ? itemsOf(evaluate(part.of, scope, machine)) : [value(part, index)],
  );
  return callable.call({ args: values, keywords: named, unknown, line });
}

function entriesIn(value: PythonValue) {
  if (typeof value === 'object' && value?.kind === 'dict') return value.entries.values();
  throw new Unreadable('what stands behind "**" is no dict');
}

function makeLambda({ parameters, body }: Of<'lambda'>, scope: PythonScope, machine: PythonMachine): PythonValue {
  return {
    kind: 'callable',
    name: 'lambda',
    call: (call) => machine.callFunction({ parameters, body, scope }, call),
  };
}

function comprehend(expression: Of<'comprehension'>, scope: PythonScope, machine: PythonMachine): PythonValue {
  const { kind, element, value, clauses } = expression;
  const made: PythonValue[] = [];
  const entries: (readonly [PythonValue, PythonValue])[] = [];
  const inner: PythonScope = {
    names: new Map(),
    parent: scope.isClass ? { names: scope.names, ...(scope.parent && { parent: scope.parent }) } : scope,
  };
  const visit = (index: number): void => {
    const clause = clauses[index];
    if (clause === undefined) {
      const item = evaluate(element, inner, machine);
      if (value === undefined) made.push(item);
      else entries.push([item, evaluate(value, inner, machine)]);
      return;
    }
    for (const item of itemsOf(evaluate(clause.over, inner, machine))) {
      spend(machine);
      assignTarget(clause.target, item, inner, machine);
      if (clause.tests.every((test) => isTrue(evaluate(test, inner, machine)))) visit(index + 1);
    }
  };
  visit(0);
  if (kind === 'dict') return makeDict(entries);
  return kind === 'set' ? makeSet(made) : makeList(made);
}
