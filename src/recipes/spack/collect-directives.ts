import type { PythonExpression, PythonStatement } from './python/python-syntax.ts';
import { type PythonCall, type PythonValue, Unreadable } from './python/python-value.ts';
import { blocksOf } from './python/run-statements.ts';
import type { UnreadPlace } from './spack-class.ts';
import { type directiveReaders, placesOfWhen, type SpackDirective } from './spack-directives.ts';

/** What is being read of one class. */
export interface Collection {
  readonly file: string;
  readonly directives: SpackDirective[];
  readonly unread: UnreadPlace[];
  /** The conditions of the `with when(...)` around. */
  readonly when: string[];
  /** The arguments of the `with default_args(...)` around. */
  readonly defaults: ReadonlyMap<string, PythonValue>[];
  /** Inside a `with when(False)`, how deep. */
  excluded: number;
}

/** Adds what a directive declares, under the conditions and with the arguments of the blocks around it.
 * @throws Unreadable */
export function collectDirective(
  name: string,
  read: (typeof directiveReaders)[string],
  call: PythonCall,
  collection: Collection,
): void {
  const keywords = new Map([...collection.defaults.flatMap((defaults) => [...defaults]), ...call.keywords]);
  const place = placesOfWhen[name] ?? -1;
  const problem = call.unknown?.get('when') ?? call.unknown?.get(place);
  if (problem !== undefined) throw problem;
  const own = call.args[place] ?? keywords.get('when') ?? null;
  if (own === false || collection.excluded > 0) return;
  const when = own === null || own === true ? collection.when : [...collection.when, conditionOf(own)];
  const at = { when: [...new Set(when)], file: collection.file, line: call.line };
  collection.directives.push(...read({ ...call, keywords, at }));
}

/** Enters a `with when(...)` or `with default_args(...)`; what it gives leaves it.
 * @throws Unreadable */
export function enterBlock(
  context: PythonExpression,
  collection: Collection,
  evaluatePart: (part: PythonExpression) => PythonValue,
): () => void {
  const name = context.is === 'call' && context.of.is === 'name' ? context.of.name : undefined;
  if (context.is === 'call' && name === 'default_args') {
    collection.defaults.push(new Map(context.keywords.map(({ name: key, value }) => [key ?? '', evaluatePart(value)])));
    return () => collection.defaults.pop();
  }
  if (context.is !== 'call' || name !== 'when')
    throw new Unreadable('a "with" other than when() and default_args() is not understood');
  const argument = context.args[0] ?? context.keywords[0]?.value;
  const condition = argument === undefined ? null : evaluatePart(argument);
  if (condition === true) return () => undefined;
  if (condition !== false) {
    collection.when.push(conditionOf(condition));
    return () => collection.when.pop();
  }
  collection.excluded += 1;
  return () => {
    collection.excluded -= 1;
  };
}

function conditionOf(value: PythonValue): string {
  if (typeof value === 'string') return value;
  throw new Unreadable('a condition is no text');
}

/** The directives that are lost with a statement: itself, or those in its blocks. */
export function lostBy(statement: PythonStatement, reason: string): Omit<UnreadPlace, 'file'>[] {
  const { line } = statement;
  if (statement.is === 'expression') {
    const { value } = statement;
    return value.is === 'call' && value.of.is === 'name' ? [{ line, directive: value.of.name, reason }] : [];
  }
  if (statement.is === 'other' && statement.body.length === 0) return [{ line, directive: 'statement', reason }];
  return blocksOf(statement).flatMap((inner) => lostBy(inner, reason));
}
