import type { ImportedPackage, ImportedVariant, ImportedVersion, UnreadLine } from '../index/imported-package.ts';
import { collectFromBases, findAttribute, type SpackClass } from './spack-class.ts';
import type { SpackDirective } from './spack-directives.ts';
import type { SpackReader } from './spack-reader.ts';
import { classNameOf, type SpackPackagePlace } from './spack-repository.ts';

/** A recipe that was read, with all that its class and those it inherits from say. */
export interface SpackPackage {
  readonly imported: ImportedPackage;
  readonly directives: readonly SpackDirective[];
  /** Undefined when the file has no class of that name. */
  readonly read: SpackClass | undefined;
  /** The other classes of its file that say how it is built. */
  readonly builders: readonly SpackClass[];
  /** True for a file that only describes a virtual package. */
  readonly virtual: boolean;
}

/** Reads the recipe of a package; what could not be read is in `imported.unread`. */
export function readSpackPackage(place: SpackPackagePlace, reader: SpackReader): SpackPackage {
  const { name, file } = place;
  const module = reader.read(file);
  const read = module?.classes.findLast((one) => one.name === classNameOf(name));
  const directives = read === undefined ? [] : collectFromBases(read, (one) => one.directives);
  const problems = read === undefined ? [] : collectFromBases(read, (one) => one.unread);
  const unread: UnreadLine[] = problems.map((problem) => ({
    line: problem.line,
    directive: problem.directive,
    reason: problem.file === file ? problem.reason : `${problem.reason} (in ${problem.file})`,
  }));
  if (module?.problem !== undefined) unread.push(module.problem);
  else if (read === undefined)
    unread.push({ line: 1, directive: 'class', reason: `there is no class ${classNameOf(name)} that could be read` });
  return {
    imported: { ...identityOf(place, read), ...directivesOf(name, directives), unread },
    directives,
    read,
    builders: module?.classes.filter(({ name: other }) => other.endsWith('Builder')) ?? [],
    virtual: read !== undefined && findAttribute(read, 'virtual') === true,
  };
}

function identityOf({ name, file }: SpackPackagePlace, read: SpackClass | undefined) {
  const summary = read === undefined ? undefined : summaryOf(read);
  const homepage = read === undefined ? undefined : findAttribute(read, 'homepage');
  return {
    name,
    file,
    ...(summary !== undefined && { summary }),
    ...(typeof homepage === 'string' && { homepage }),
  };
}

/** The first sentence of a class's own text. */
export function summaryOf({ body }: SpackClass): string | undefined {
  const [first] = body;
  if (first?.is !== 'expression' || first.value.is !== 'text') return undefined;
  const [paragraph = ''] = first.value.value.trim().split(/\n\s*\n/);
  const line = paragraph.replace(/\s+/g, ' ').trim();
  const sentence = /^.{15,}?[.!?](?= [A-Z]|$)/.exec(line)?.[0] ?? line;
  return sentence === '' ? undefined : sentence.replace(/\.$/, '').slice(0, 300);
}

function directivesOf(name: string, directives: readonly SpackDirective[]): Omit<ImportedPackage, 'name' | 'unread'> {
  const versions = new Map<string, ImportedVersion>();
  const variants = new Map<string, ImportedVariant>();
  const lists = { dependencies: [], conflicts: [], requires: [], provides: [] } as {
    -readonly [Key in 'dependencies' | 'conflicts' | 'requires' | 'provides']: ImportedPackage[Key][number][];
  };
  for (const directive of directives) {
    if (directive.is === 'version') versions.set(directive.version.version, directive.version);
    else if (directive.is === 'variant') addVariant(variants, directive.variant);
    else if (directive.is === 'conflicts') lists.conflicts.push(directive.conflict);
    else if (directive.is === 'requires') lists.requires.push(directive.requirement);
    else if (directive.is === 'provides') lists.provides.push(directive.provision);
    // a package that extends python is not in the environment that it is itself
    else if (directive.is === 'depends_on' && directive.dependency.spec !== name)
      lists.dependencies.push(directive.dependency);
  }
  return { versions: [...versions.values()], variants: [...variants.values()], ...lists };
}

/** Of definitions under the same conditions the last one counts. */
function addVariant(variants: Map<string, ImportedVariant>, variant: ImportedVariant): void {
  const key = [variant.name, ...(variant.when ?? [])].join('\0');
  variants.delete(key);
  variants.set(key, variant);
}
