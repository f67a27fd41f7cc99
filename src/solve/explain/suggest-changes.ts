import { nearestName } from '../../model/did-you-mean.ts';
import { formatSpec } from '../../model/format-spec.ts';
import type { Spec } from '../../model/spec.ts';
import { anyVersion, isAnyVersion } from '../../model/version-range.ts';
import type { Directive } from '../encode/problem.ts';
import type { RootRequest, SolveRequest, SolveResult } from '../solve-types.ts';

/** Gives the best solution of a request; undefined when it has none. */
export type FindBest = (request: SolveRequest) => (SolveResult & { readonly solved: true }) | undefined;

/** A request with one thing changed, and how to say what was changed once it is known to help. */
interface Change {
  readonly request: SolveRequest;
  readonly say: (versionOf: (name: string) => string | undefined) => string;
}

const maxHints = 4;

/** Finds single changes of what the stack says, among what is in conflict, with which there would be a solution. */
export function suggestChanges(request: SolveRequest, conflict: readonly Directive[], findBest: FindBest): string[] {
  const hints: string[] = [];
  for (const change of changesOf(request, conflict)) {
    if (hints.length === maxHints) break;
    const best = findBest(change.request);
    if (best !== undefined) hints.push(change.say((name) => best.platform.packages[name]?.version));
  }
  return hints;
}

function changesOf(request: SolveRequest, conflict: readonly Directive[]): Change[] {
  const changes = request.roots.flatMap((root, index) =>
    !root.isQuestion && involves(conflict, root) ? changesOfRoot(request, root, index) : [],
  );
  for (const rule of request.require) {
    if (!conflict.some(({ kind, says }) => kind === 'rule' && says.endsWith(formatSpec(rule.spec)))) continue;
    const name = rule.name === '*' ? 'every package' : rule.name;
    changes.push({
      request: { ...request, require: request.require.filter((other) => other !== rule) },
      say: () => `drop the rule that ${name} must be ${formatSpec(rule.spec)}`,
    });
  }
  for (const external of request.externals) {
    if (!conflict.some(({ kind, from }) => kind === 'fact' && from === external.name)) continue;
    changes.push({
      request: { ...request, externals: request.externals.filter((other) => other !== external) },
      say: (versionOf) =>
        `build ${external.name}@${versionOf(external.name) ?? ''} instead of taking it from ${external.from}`,
    });
  }
  return changes;
}

/** The variant that was meant by a name that the package's recipe does not have. */
function nearestVariant(request: SolveRequest, { name }: Spec, variant: string): string | undefined {
  const names = (name === undefined ? undefined : request.recipe(name))?.variants.map(
    (declaration) => declaration.name,
  );
  return names === undefined || names.includes(variant) ? undefined : nearestName(variant, names);
}

function involves(conflict: readonly Directive[], { spec, set }: RootRequest): boolean {
  const says = `asks for ${formatSpec(spec)}`;
  return conflict.some(
    (directive) => directive.kind === 'root' && directive.from === `set ${set}` && directive.says === says,
  );
}

function changesOfRoot(request: SolveRequest, root: RootRequest, index: number): Change[] {
  const { spec, set } = root;
  const withSpec = (changed: Spec): SolveRequest => ({
    ...request,
    roots: request.roots.with(index, { ...root, spec: changed }),
  });
  const changes: Change[] = [];
  const { name = '' } = spec;
  if (!isAnyVersion(spec.versions)) {
    changes.push({
      request: withSpec({ ...spec, versions: anyVersion }),
      say: (versionOf) => `allow ${name}@${versionOf(name) ?? ':'} in set ${set}`,
    });
  }
  for (const variant of Object.keys(spec.variants)) {
    const { [variant]: dropped, ...variants } = spec.variants;
    const text = formatSpec({
      versions: anyVersion,
      variants: { [variant]: dropped ?? true },
      platform: {},
      dependencies: [],
    });
    const nearest = nearestVariant(request, spec, variant);
    const action =
      nearest === undefined ? `drop ${text} from` : `did you mean "${nearest}" instead of "${variant}" for`;
    changes.push({ request: withSpec({ ...spec, variants }), say: () => `${action} ${name} in set ${set}` });
  }
  for (const dependency of spec.dependencies) {
    const dependencies = spec.dependencies.filter((other) => other !== dependency);
    changes.push({
      request: withSpec({ ...spec, dependencies }),
      say: (versionOf) => {
        const version = versionOf(dependency.name ?? '');
        const asked = `^${formatSpec(dependency)}`;
        return version === undefined
          ? `drop ${asked} from ${name} in set ${set}`
          : `allow ${dependency.name}@${version} instead of ${asked} in set ${set}`;
      },
    });
  }
  if (changes.length === 0) {
    changes.push({
      request: { ...request, roots: request.roots.toSpliced(index, 1) },
      say: () => `drop ${formatSpec(spec)} from set ${set}`,
    });
  }
  return changes;
}
