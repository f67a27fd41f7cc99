import type { PythonStatement } from './python/python-syntax.ts';
import {
  type Binding,
  fileOf,
  type PythonObject,
  type PythonScope,
  type PythonValue,
  Unreadable,
} from './python/python-value.ts';

/** Where imported names come from. */
export interface ImportSources {
  /** The path of a module that a file imports; undefined where it is none of the repository's. */
  readonly files: { readonly pathOf: (module: string, importer: string) => string | undefined };
  readonly load: (path: string) => { readonly names: PythonScope['names'] } | undefined;
  /** Modules of Python. */
  readonly known: ReadonlyMap<string, PythonObject>;
  /** What Spack itself has. */
  readonly globals: ReadonlyMap<string, PythonValue>;
}

/** Gives names their values for an `import`: from other files of the repository, from the modules of Python that are known, from Spack. */
export function importNames(
  { module, names }: PythonStatement & { readonly is: 'import' },
  scope: PythonScope,
  sources: ImportSources,
): void {
  const path = module === '' ? undefined : sources.files.pathOf(module, fileOf(scope));
  const loaded = path === undefined ? undefined : sources.load(path);
  for (const { name = '', as } of names) {
    if (module === '') importModule(name, as, scope, sources);
    else if (name === '*') for (const [one, value] of loaded?.names ?? []) scope.names.set(one, value);
    else if (loaded === undefined) scope.names.set(as, memberOf(module, name, scope, sources));
    else scope.names.set(as, loaded.names.get(name) ?? new Unreadable(`"${module}" has no "${name}"`));
  }
}

function importModule(name: string, as: string, scope: PythonScope, { known }: ImportSources): void {
  const first = name.split('.', 1)[0]!;
  const value = known.get(name) ?? known.get(first) ?? new Unreadable(`module "${name}" is not read`);
  scope.names.set(as === name ? first : as, value);
}

function memberOf(
  module: string,
  name: string,
  scope: PythonScope,
  { files, load, known, globals }: ImportSources,
): Binding {
  const path = files.pathOf(`${module}.${name}`, fileOf(scope));
  const inner = path === undefined ? undefined : load(path);
  if (inner !== undefined) return moduleValue(`${module}.${name}`, inner.names);
  const member = known.get(module);
  if (member !== undefined) return memberOrUnreadable(member, name);
  return globals.get(name) ?? new Unreadable(`"${name}" of "${module}" is not read`);
}

function memberOrUnreadable(module: PythonObject, name: string): Binding {
  try {
    return module.member(name) ?? new Unreadable(`"${name}" is not known`);
  } catch (problem) {
    if (problem instanceof Unreadable) return problem;
    throw problem;
  }
}

function moduleValue(name: string, names: PythonScope['names']): PythonObject {
  const member = (one: string) => {
    const found = names.get(one);
    if (found instanceof Unreadable || found === undefined) throw new Unreadable(`"${name}.${one}" is not known`);
    return found;
  };
  return { kind: 'object', type: 'module', member };
}
