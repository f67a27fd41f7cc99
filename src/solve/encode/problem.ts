import type { Place } from '../../core/farm-error.ts';
import type { PackageName } from '../../model/names.ts';
import type { DependencyType, RecipeMetadata } from '../../model/recipe.ts';
import type { Spec } from '../../model/spec.ts';
import type { Version } from '../../model/version.ts';
import { createSatState, type Literal, type SatState } from '../sat/sat-state.ts';
import type {
  ConflictingDirective,
  CriterionName,
  ExistingPackage,
  ExternalPackage,
  SolveRequest,
  VariantDetails,
} from '../solve-types.ts';
import { criteriaOf } from './criteria.ts';
import { type KeptSolution, readKept } from './kept-solution.ts';

/** Wishes of one kind that get weaker: each literal holds where the one before it does, and each that does not hold costs one. */
export type Ladder = readonly Literal[];

/** Wishes of one kind, and for whom they are. */
export interface Wish {
  readonly ladder: Ladder;
  /** The package's key, or the virtual's name. */
  readonly key: string;
  /** What is so when that many of them are not met, for people. */
  readonly says: (missed: number) => string;
}

/** One thing to make as small as possible, once those before it are as small as they can be. */
export interface Criterion {
  readonly name: CriterionName;
  /** More are added while packages are taken into the problem. */
  readonly wishes: Wish[];
  /** Once it is known how small it can be, a further wish is an order. */
  done: boolean;
}

/** A version that a package can have, in the order of preference; an external where it is taken from the base. */
export interface Candidate {
  readonly version: Version;
  /** How unwelcome it is: 0 not at all, 1 a moving version such as `develop`, 2 deprecated. */
  readonly tier: 0 | 1 | 2;
  readonly external?: ExternalPackage;
}

/** A variant of a package in the problem. */
export interface VariantNode {
  readonly declaration: VariantDetails;
  /** Holds where the package is in the solution and has this variant. */
  readonly exists: Literal;
  /** The values that it has when nothing asks for others. */
  readonly preferred: readonly string[];
  /** The values that it is expected to have: those that it is to keep, or the preferred ones. */
  readonly expected: readonly string[];
  /** By value; `true` and `false` for a switch. */
  readonly values: Map<string, Literal>;
  /** Where any text is allowed: holds when the value is one that nobody has mentioned yet. */
  other?: Literal;
  /** Where it departs from its default only when asked: holds when somebody asks who is not known yet. */
  unknownAsker?: Literal;
}

/** A reason for one thing to be in the solution: wherever the trigger holds, the target is needed. */
export interface Edge {
  readonly trigger: Literal;
  /** Switches the directive on. */
  readonly guard: Literal;
  readonly target: PackageNode | VirtualNode;
  /** What the condition of the directive looks at: it gives a reason only where those have one already. */
  readonly relies: readonly (PackageNode | VirtualNode)[];
  readonly types: readonly DependencyType[];
  readonly asks: Spec;
}

/** A package that can be chosen for a virtual. */
export interface ProviderEdge extends Edge {
  readonly virtual: VirtualNode;
  readonly target: PackageNode;
  /** What the provider's recipe says about it has been taken into the problem. */
  linked: boolean;
}

/** A requirement on a package that is to be applied once the package's choices are known. */
export interface Need {
  /** Literals of which all must be false for the requirement to count. */
  readonly premises: readonly Literal[];
  readonly spec: Spec;
}

/** A condition on something whose choices are not known yet. */
export interface OpenCondition {
  readonly literal: Literal;
  readonly spec: Spec;
}

/** What can be chosen about a package; known once it has been taken into the problem. */
export interface PackageChoices {
  readonly recipe: RecipeMetadata | undefined;
  readonly candidates: readonly Candidate[];
  /** At index i: the version is candidate i or a less preferred one; index 0 is the package itself. */
  readonly steps: readonly Literal[];
  /** By name; of several declarations under different conditions the last one that holds counts. */
  readonly declarations: ReadonlyMap<string, readonly VariantDetails[]>;
  /** Those that something looks at, one for each declaration; all others have their preferred value. */
  readonly variants: Map<string, readonly VariantNode[]>;
  /** Variants whose existence is being found out. */
  readonly underWay: Set<string>;
  /** Literals of version ranges, by the range's text. */
  readonly ranges: Map<string, readonly Literal[]>;
}

/** Which of several solutions a package is in: the one that is used; where tools for building may differ, theirs; and where one package must have other
 * tools than the rest, the tools of that package. */
export type World = 'use' | 'build' | `build-${string}`;

/** A package that may be in the solution. */
export interface PackageNode {
  readonly kind: 'package';
  readonly key: string;
  readonly name: PackageName;
  readonly world: World;
  readonly literal: Literal;
  readonly edges: Edge[];
  /** The virtuals that it may stand in for. */
  readonly roles: ProviderEdge[];
  readonly needs: Need[];
  readonly conditions: OpenCondition[];
  choices: PackageChoices | undefined;
}

/** A virtual package that may be needed; exactly one provider is chosen where it is. */
export interface VirtualNode {
  readonly kind: 'virtual';
  readonly key: string;
  readonly name: PackageName;
  readonly world: World;
  readonly literal: Literal;
  /** In the order of preference; the trigger holds where that one is chosen. */
  readonly edges: ProviderEdge[];
  readonly needs: Need[];
  readonly conditions: OpenCondition[];
}

/** A directive that can be switched off to see whether it takes part in a conflict. */
export interface Directive extends ConflictingDirective {
  readonly kind: 'root' | 'rule' | 'recipe' | 'fact';
  /** The package whose recipe says it; empty for the stack. */
  readonly owner: string;
  /** Packages that it speaks of. */
  readonly mentions: readonly string[];
  /** It asks for a tool: something that is needed only to build its owner. */
  readonly isTool?: boolean;
  /** The name in it that neither a recipe nor a provider has. */
  readonly unknown?: PackageName;
  readonly guard: Literal;
}

/** A package that is in the problem in two worlds. */
export interface TwinPair {
  readonly nodes: readonly [PackageNode, PackageNode];
  /** Holds where both are in the solution. */
  readonly both: Literal;
  /** Holds where both are in the solution and are not the same. */
  readonly differ: Literal;
  /** Values that are compared already. */
  readonly tied: Set<string>;
}

/** A request on its way to a satisfiability problem. Packages are taken in only when a solution needs them;
 * until then nothing is asked of them, so what is proved without them holds with them too. */
export interface Problem {
  readonly request: SolveRequest;
  readonly sat: SatState;
  /** Tools for building may differ from what is used. */
  readonly split: boolean;
  /** Packages whose tools may differ from those of all others. */
  readonly apart: ReadonlySet<string>;
  /** Every directive can be switched off. */
  readonly guarded: boolean;
  readonly packages: Map<string, PackageNode>;
  readonly virtuals: Map<string, VirtualNode>;
  /** Packages that are expected in the solution and not yet taken in. */
  readonly queue: PackageNode[];
  /** Providers whose packages were taken in before anybody asked for the virtual. */
  readonly unlinked: ProviderEdge[];
  readonly criteria: readonly Criterion[];
  readonly conjunctions: Map<string, Literal>;
  /** By variable: the value that it has where everything is as preferred. */
  readonly expected: boolean[];
  readonly directives: Directive[];
  readonly guards: Map<object, Literal>;
  /** Packages that are in the problem more than once. */
  readonly twins: TwinPair[];
  /** How many models had packages that nothing needs. */
  unfoundedModels: number;
  /** Those of which it is stated that something must need them. */
  readonly reasoned: Set<PackageNode | VirtualNode>;
  /** By literal, 1 where the last solution makes it true. */
  solution: Int8Array;
  readonly rootNames: ReadonlySet<PackageName>;
  readonly kept: KeptSolution;
  /** Packages that exist, by name. */
  readonly existing: ReadonlyMap<string, readonly ExistingPackage[]>;
  /** By a package's key and an existing package's id: holds where the one is the other. */
  readonly uses: Map<string, Literal>;
}

/** An empty problem for a request. */
export function createProblem(
  request: SolveRequest,
  options: { split?: boolean; apart?: ReadonlySet<string>; guarded?: boolean } = {},
): Problem {
  return {
    request,
    sat: createSatState(),
    split: options.split ?? false,
    apart: options.apart ?? new Set(),
    guarded: options.guarded ?? false,
    packages: new Map(),
    virtuals: new Map(),
    queue: [],
    unlinked: [],
    criteria: criteriaOf(request).map((name) => ({ name, wishes: [], done: false })),
    conjunctions: new Map(),
    expected: [true],
    directives: [],
    guards: new Map(),
    twins: [],
    unfoundedModels: 0,
    reasoned: new Set(),
    solution: new Int8Array(0),
    rootNames: new Set(
      request.roots.flatMap(({ spec, isQuestion }) => (spec.name === undefined || isQuestion ? [] : [spec.name])),
    ),
    kept: readKept(request),
    existing: existingByName(request),
    uses: new Map(),
  };
}

/** Packages that exist by name, without those whose needs do not exist. */
function existingByName({ reuse }: SolveRequest): ReadonlyMap<string, readonly ExistingPackage[]> {
  const all = reuse?.packages ?? [];
  const ids = new Set(all.map(({ id }) => id));
  const whole = all.filter(({ needs }) => needs.every(({ id }) => ids.has(id)));
  return Map.groupBy(
    whole.sort((a, b) => (a.id < b.id ? -1 : 1)),
    ({ name }) => name,
  );
}

/** What can be chosen about a package that was taken into the problem. */
export function choicesOf(node: PackageNode): PackageChoices {
  if (node.choices === undefined) throw new Error(`the choices of ${node.key} are not known yet`);
  return node.choices;
}

/** Where what is known about a package was written: the external's place, or its recipe's. */
export function placeOf({ choices }: PackageNode): { readonly place?: Place } {
  const place = choices?.candidates[0]?.external?.place ?? choices?.recipe?.place;
  return place === undefined ? {} : { place };
}
