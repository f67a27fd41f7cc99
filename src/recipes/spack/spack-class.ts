import type { UnreadLine } from '../index/imported-package.ts';
import type { PythonStatement } from './python/python-syntax.ts';
import { type Binding, makeDict, type PythonObject, type PythonValue, Unreadable } from './python/python-value.ts';
import type { SpackDirective } from './spack-directives.ts';
import { makeVersion } from './spack-version.ts';

/** A line that could not be read, and the file that it is in. */
export interface UnreadPlace extends UnreadLine {
  readonly file: string;
}

/** A class of a recipe or build system that was read. */
export interface SpackClass {
  readonly name: string;
  readonly file: string;
  /** The classes that it inherits from, as far as they declare anything. */
  readonly bases: readonly SpackClass[];
  readonly names: ReadonlyMap<string, Binding>;
  /** Its own directives, in their order. */
  readonly directives: readonly SpackDirective[];
  readonly unread: readonly UnreadPlace[];
  readonly body: readonly PythonStatement[];
}

/** The value of a class in a recipe: its attributes, and those it inherits. */
export function makeClass(read: SpackClass): PythonObject {
  const member = (name: string) => {
    if (name === 'versions') return versionsOf(read);
    const found = findAttribute(read, name);
    if (found instanceof Unreadable) throw new Unreadable(`"${read.name}.${name}" is not known: ${found.message}`);
    return found;
  };
  return { kind: 'object', type: 'class', member, data: read };
}

/** `Class.versions`: a dict that has its versions as keys. */
function versionsOf(read: SpackClass): PythonValue {
  const directives = collectFromBases(read, (one) => one.directives);
  return makeDict(
    directives.flatMap((one) => {
      if (one.is !== 'version') return [];
      const { version, ...flags } = one.version;
      return [[makeVersion(version), makeDict(Object.entries({ ...flags, ...one.source }))] as const];
    }),
  );
}

/** An attribute of a class or of the first base that has it. */
export function findAttribute(read: SpackClass, name: string): Binding | undefined {
  const own = read.names.get(name);
  if (own !== undefined) return own;
  for (const base of read.bases) {
    const found = findAttribute(base, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All that a class declares, what it inherits first: from its last base to its first, as Spack collects it, each directive once. */
export function collectFromBases<Item>(
  read: SpackClass,
  itemsOf: (read: SpackClass) => readonly Item[],
): readonly Item[] {
  const inherited = read.bases.toReversed().flatMap((base) => collectFromBases(base, itemsOf));
  return inherited.length === 0 ? itemsOf(read) : [...new Set([...inherited, ...itemsOf(read)])];
}
