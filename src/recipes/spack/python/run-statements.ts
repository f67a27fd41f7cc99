import { assignTarget, namesIn } from './assign-target.ts';
import { evaluate, spend } from './evaluate-expression.ts';
import { applyBinary } from './python-operators.ts';
import type { PythonExpression, PythonFunction, PythonParameter, PythonStatement } from './python-syntax.ts';
import {
  isTrue,
  itemsOf,
  makeDict,
  makeList,
  makeTuple,
  type PythonCall,
  type PythonMachine,
  type PythonScope,
  type PythonValue,
  Unreadable,
} from './python-value.ts';

/** What the reader of a kind of files does with statements that Python's own rules do not settle. */
export interface StatementRules {
  /** A statement could not be read; what follows goes on. */
  readonly onUnreadable: (statement: PythonStatement, reason: string) => void;
  /** Enters the context of a `with`; what it gives is called at its end.
   * @throws Unreadable */
  readonly enter: (context: PythonExpression, scope: PythonScope) => () => void;
  readonly onClass: (statement: PythonStatement & { readonly is: 'class' }, scope: PythonScope) => void;
  readonly onImport: (statement: PythonStatement & { readonly is: 'import' }, scope: PythonScope) => void;
}

/** How a run of statements ended before its last one. */
type Ending = { readonly is: 'break' | 'continue' } | { readonly is: 'return'; readonly value: PythonValue };

/** Where statements run. */
export interface Run {
  readonly scope: PythonScope;
  readonly machine: PythonMachine;
  readonly rules: StatementRules;
  /** In a function nothing but assignments can be left out: what else cannot be read makes the whole call unreadable. */
  readonly strict: boolean;
}

/** Runs statements in order. Outside of functions, what cannot be read is left out: `onUnreadable` is told, and the names that it would have
 * given values to are unknown from there on.
 * @throws Unreadable in a strict run */
export function runStatements(statements: readonly PythonStatement[], run: Run): Ending | undefined {
  for (const statement of statements) {
    spend(run.machine);
    const ending = runOne(statement, run);
    if (ending !== undefined) return ending;
  }
  return undefined;
}

function runOne(statement: PythonStatement, run: Run): Ending | undefined {
  try {
    return runStatement(statement, run);
  } catch (problem) {
    const canGoOn = !run.strict || statement.is === 'assign' || statement.is === 'import';
    if (!(problem instanceof Unreadable) || !canGoOn) throw problem;
    leaveOut(statement, problem, run);
    return undefined;
  }
}

function leaveOut(statement: PythonStatement, problem: Unreadable, { scope, rules }: Run): void {
  for (const name of namesGivenBy(statement)) scope.names.set(name, problem);
  rules.onUnreadable(statement, problem.message);
}

/** The statements in the blocks of a statement that runs them as its own: not those of functions and classes. */
export function blocksOf(statement: PythonStatement): readonly PythonStatement[] {
  if (statement.is === 'if' || statement.is === 'for') return [...statement.body, ...statement.otherwise];
  return statement.is === 'with' || statement.is === 'other' ? statement.body : [];
}

/** The names that a statement, or one inside it, gives values to. */
function namesGivenBy(statement: PythonStatement): readonly string[] {
  if (statement.is === 'assign') return statement.targets.flatMap(namesIn);
  if (statement.is === 'change') return namesIn(statement.target);
  if (statement.is === 'expression') return changedBy(statement.value);
  if (statement.is === 'function') return [statement.definition.name];
  if (statement.is === 'import') return statement.names.map(({ as }) => as);
  const own = statement.is === 'for' ? namesIn(statement.target) : [];
  return [...own, ...blocksOf(statement).flatMap(namesGivenBy)];
}

/** A method that is called for a name may change what it holds: `versions.append(...)`. */
function changedBy(value: PythonExpression): readonly string[] {
  return value.is === 'call' && value.of.is === 'attribute' ? namesIn(value.of.of) : [];
}

function runStatement(statement: PythonStatement, run: Run): Ending | undefined {
  const { scope, machine, rules } = run;
  const value = (part: PythonExpression) => evaluate(part, scope, machine);
  switch (statement.is) {
    case 'expression':
      value(statement.value);
      return undefined;
    case 'assign': {
      const assigned = value(statement.value);
      for (const target of statement.targets) assignTarget(target, assigned, scope, machine);
      return undefined;
    }
    case 'change':
      assignTarget(statement.target, changed(statement, run), scope, machine);
      return undefined;
    case 'if':
      return runStatements(isTrue(value(statement.test)) ? statement.body : statement.otherwise, run);
    case 'for':
      return runLoop(statement, run);
    case 'with':
      return runWith(statement, run);
    case 'function':
      scope.names.set(statement.definition.name, makeFunction(statement.definition, scope, machine));
      return undefined;
    case 'class':
      rules.onClass(statement, scope);
      return undefined;
    case 'import':
      rules.onImport(statement, scope);
      return undefined;
    case 'delete':
      for (const target of statement.targets) for (const name of namesIn(target)) scope.names.delete(name);
      return undefined;
    case 'return':
      return { is: 'return', value: statement.value === undefined ? null : value(statement.value) };
    case 'break':
    case 'continue':
      return { is: statement.is };
    case 'pass':
      return undefined;
    case 'other':
      throw new Unreadable(statement.reason);
  }
}

function changed(
  { target, operator, value }: PythonStatement & { is: 'change' },
  { scope, machine }: Run,
): PythonValue {
  const before = evaluate(target, scope, machine);
  const more = evaluate(value, scope, machine);
  if (typeof before === 'object' && before?.kind === 'list' && operator === '+') {
    before.items.push(...itemsOf(more));
    return before;
  }
  return applyBinary(operator, before, more);
}

function runLoop(statement: PythonStatement & { is: 'for' }, run: Run): Ending | undefined {
  const { scope, machine } = run;
  for (const item of itemsOf(evaluate(statement.over, scope, machine))) {
    spend(machine);
    assignTarget(statement.target, item, scope, machine);
    const ending = runStatements(statement.body, run);
    if (ending?.is === 'return') return ending;
    if (ending?.is === 'break') return undefined;
  }
  return runStatements(statement.otherwise, run);
}

function runWith({ contexts, body }: PythonStatement & { is: 'with' }, run: Run): Ending | undefined {
  const leave: (() => void)[] = [];
  try {
    for (const context of contexts) leave.push(run.rules.enter(context, run.scope));
    return runStatements(body, run);
  } finally {
    for (const end of leave.toReversed()) end();
  }
}

function makeFunction(definition: PythonFunction, scope: PythonScope, machine: PythonMachine): PythonValue {
  const { name, parameters } = definition;
  const isMarked = definition.decorators.some(
    (decorator) => !(decorator.is === 'name' && decorator.name === 'staticmethod'),
  );
  const call = (given: PythonCall) => {
    if (isMarked) throw new Unreadable(`"${name}" has a decorator`);
    return machine.callFunction({ definition, parameters, scope }, given);
  };
  return { kind: 'callable', name, definition, call };
}

const deepestCall = 50;

/** Makes what runs the functions of files, by the rules of the files' kind. */
export function createCaller(machine: () => PythonMachine, rules: StatementRules): PythonMachine['callFunction'] {
  let depth = 0;
  return (called, call) => {
    if (depth >= deepestCall) throw new Unreadable('calls are nested too deep');
    const parent = called.scope.isClass ? called.scope.parent : called.scope;
    const scope: PythonScope = { names: new Map(), ...(parent && { parent }) };
    bindParameters(called.parameters, call, scope, (otherwise) => evaluate(otherwise, called.scope, machine()));
    depth += 1;
    const yielded: PythonValue[] = [];
    machine().yielded.push(yielded);
    try {
      if ('body' in called) return evaluate(called.body, scope, machine());
      const ending = runStatements(called.definition.body(), { scope, machine: machine(), rules, strict: true });
      if (yielded.length > 0) return makeList(yielded);
      return ending?.is === 'return' ? ending.value : null;
    } finally {
      machine().yielded.pop();
      depth -= 1;
    }
  };
}

function bindParameters(
  parameters: readonly PythonParameter[],
  { args, keywords }: PythonCall,
  { names }: PythonScope,
  evaluateDefault: (otherwise: PythonExpression) => PythonValue,
): void {
  const left = new Map(keywords);
  let next = 0;
  for (const { name, kind, otherwise } of parameters) {
    if (kind === 'rest') {
      names.set(name, makeTuple(args.slice(next)));
      next = args.length;
    } else if (kind === 'keywords') {
      names.set(name, makeDict([...left]));
      left.clear();
    } else if (kind === 'plain' && next < args.length) {
      names.set(name, args[next]!);
      next += 1;
    } else if (left.has(name)) {
      names.set(name, left.get(name)!);
      left.delete(name);
    } else if (otherwise !== undefined) names.set(name, evaluateDefault(otherwise));
    else throw new Unreadable(`argument "${name}" is missing`);
  }
  if (next < args.length || left.size > 0) throw new Unreadable('there are more arguments than parameters');
}
