import { type Collection, collectDirective, enterBlock, lostBy } from './collect-directives.ts';
import { importNames } from './import-names.ts';
import { evaluate } from './python/evaluate-expression.ts';
import { parsePython } from './python/parse-python.ts';
import type { PythonExpression, PythonStatement } from './python/python-syntax.ts';
import { PythonSyntaxProblem } from './python/python-tokens.ts';
import {
  fileOf,
  type PythonCall,
  type PythonMachine,
  type PythonScope,
  type PythonValue,
  Unreadable,
} from './python/python-value.ts';
import { createCaller, runStatements, type StatementRules } from './python/run-statements.ts';
import { makeClass, type SpackClass, type UnreadPlace } from './spack-class.ts';
import { directiveReaders } from './spack-directives.ts';
import { createGlobals, modulesFor, type SpackHost } from './spack-modules.ts';

/** A file that was read: the values of its names, and its classes. */
export interface SpackModule {
  readonly file: string;
  readonly names: PythonScope['names'];
  readonly classes: readonly SpackClass[];
  /** Why nothing of it could be read. */
  readonly problem?: UnreadPlace;
}

/** Where a reader finds the files that recipes import. */
export interface SpackFiles {
  /** The text of a file, by its path in the repository; undefined where there is none. */
  readonly read: (path: string) => string | undefined;
  /** The path of a module that a file imports; undefined where it is none of the repository's. */
  readonly pathOf: (module: string, importer: string) => string | undefined;
}

/** Reads files of a repository. */
export interface SpackReader {
  /** Reads a file; those that it imports are kept for the next ones. Undefined where there is none. */
  readonly read: (path: string) => SpackModule | undefined;
}

const stepsOfFile = 3_000_000;

/** Makes a reader of recipes.
 * @param host what conditions on the machine are decided by */
export function createSpackReader(files: SpackFiles, host: SpackHost): SpackReader {
  const modules = new Map<string, SpackModule | undefined>();
  const known = modulesFor(host);
  let collection: Collection | undefined;

  const globals = createGlobals();
  for (const [name, read] of Object.entries(directiveReaders))
    globals.set(name, { kind: 'callable', name, lenient: true, call: (call) => directive(name, read, call) });

  globals.set('Package', makeClass(corePackage));

  function directive(name: string, read: (typeof directiveReaders)[string], call: PythonCall): PythonValue {
    if (collection === undefined) throw new Unreadable(`"${name}" stands outside of a class`);
    collectDirective(name, read, call, collection);
    return null;
  }

  function load(path: string): SpackModule | undefined {
    if (modules.has(path)) return modules.get(path);
    // a file that imports itself by way of others finds nothing
    modules.set(path, undefined);
    const source = files.read(path);
    const module = source === undefined ? undefined : readModule(path, source);
    modules.set(path, module);
    return module;
  }

  function readModule(file: string, source: string): SpackModule {
    const scope: PythonScope = { names: new Map(), file };
    const outer = { collection, steps: machine.steps };
    collection = undefined;
    machine.steps = stepsOfFile;
    const classes: SpackClass[] = [];
    classesOf.set(file, classes);
    try {
      runStatements(parsePython(source), { scope, machine, rules, strict: false });
      return { file, names: scope.names, classes };
    } catch (problem) {
      if (!(problem instanceof Unreadable) && !(problem instanceof PythonSyntaxProblem)) throw problem;
      const line = problem instanceof PythonSyntaxProblem ? problem.line : 1;
      return { file, names: scope.names, classes, problem: { file, line, directive: 'file', reason: problem.message } };
    } finally {
      collection = outer.collection;
      machine.steps = outer.steps;
      classesOf.delete(file);
    }
  }

  const classesOf = new Map<string, SpackClass[]>();
  const rules: StatementRules = {
    onUnreadable: (statement, reason) => {
      const at = collection;
      at?.unread.push(...lostBy(statement, reason).map((lost) => ({ ...lost, file: at.file })));
    },
    enter,
    onImport: (statement, scope) => importNames(statement, scope, { files, load, known, globals }),
    onClass: (statement, scope) => {
      const read = readClass(statement, scope);
      classesOf.get(read.file)?.push(read);
      scope.names.set(statement.name, makeClass(read));
    },
  };
  const machine: PythonMachine = {
    steps: 0,
    yielded: [],
    builtins: globals,
    evaluate: (expression, scope) => evaluate(expression, scope, machine),
    callFunction: createCaller(() => machine, rules),
  };

  function readClass(
    { name, bases, body, line }: PythonStatement & { readonly is: 'class' },
    scope: PythonScope,
  ): SpackClass {
    const file = fileOf(scope);
    const own: Collection = { file, directives: [], unread: [], when: [], defaults: [], excluded: 0 };
    const attempt = <Result>(work: () => Result): Result | undefined => {
      try {
        return work();
      } catch (problem) {
        if (!(problem instanceof Unreadable)) throw problem;
        own.unread.push({ file, line, directive: 'class', reason: problem.message });
        return undefined;
      }
    };
    const inherited = bases.flatMap((base) => attempt(() => baseOf(evaluate(base, scope, machine))) ?? []);
    const inner: PythonScope = { names: new Map(), parent: scope, isClass: true };
    const outer = collection;
    collection = own;
    attempt(() => runStatements(body, { scope: inner, machine, rules, strict: false }));
    collection = outer;
    return { name, file, bases: inherited, names: inner.names, directives: own.directives, unread: own.unread, body };
  }

  function enter(context: PythonExpression, scope: PythonScope): () => void {
    if (collection === undefined) throw new Unreadable('a "with" stands outside of a class');
    return enterBlock(context, collection, (part) => evaluate(part, scope, machine));
  }

  return {
    read: (path) => {
      const known = modules.get(path);
      if (known !== undefined) return known;
      const source = files.read(path);
      return source === undefined ? undefined : readModule(path, source);
    },
  };
}

/** The class of packages that are built by their own commands; it is Spack's own, and in no repository. */
const corePackage: SpackClass = {
  name: 'Package',
  file: '',
  bases: [],
  names: new Map(),
  unread: [],
  body: [],
  directives: [
    {
      is: 'variant',
      variant: { name: 'build_system', kind: 'single', default: ['generic'], values: ['generic'] },
    },
  ],
};

function baseOf(value: PythonValue): SpackClass[] {
  if (typeof value === 'object' && value?.kind === 'object') {
    if (value.type === 'class') return [value.data as SpackClass];
    if (value.type === 'core class') return [];
  }
  throw new Unreadable('a base is no class that is known');
}
