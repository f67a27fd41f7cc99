import type { DependencyType } from '../../model/recipe.ts';

/** A line of a foreign recipe that could not be read, and why; what it says is not in the index. */
export interface UnreadLine {
  readonly line: number;
  /** The directive, such as `depends_on`, or what else stands there. */
  readonly directive: string;
  readonly reason: string;
}

/** What every directive has: conditions that must all hold on the package itself, as texts, and its place. */
interface ImportedDirective {
  readonly when?: readonly string[];
  /** Where it stands, if not in the package's own file: a build system, or a package that this one inherits from. */
  readonly file?: string;
  readonly line?: number;
}

/** A version of a foreign recipe. */
export interface ImportedVersion {
  readonly version: string;
  readonly preferred?: boolean;
  readonly deprecated?: boolean;
}

/** A variant of a foreign recipe; of several with one name the last whose condition holds counts. */
export interface ImportedVariant extends ImportedDirective {
  readonly name: string;
  readonly kind: 'bool' | 'single' | 'multi';
  readonly default: boolean | readonly string[];
  /** Absent for `bool`, and where any text is allowed. */
  readonly values?: readonly string[];
  /** Groups of values that cannot be combined with those of another group. */
  readonly sets?: readonly (readonly string[])[];
  /** Conditions of single values; all of a value's must hold. */
  readonly valueWhen?: Readonly<Record<string, readonly string[]>>;
  readonly summary?: string;
}

/** A dependency of a foreign recipe. */
export interface ImportedDependency extends ImportedDirective {
  readonly spec: string;
  readonly types: readonly DependencyType[];
}

/** A conflict of a foreign recipe. */
export interface ImportedConflict extends ImportedDirective {
  readonly spec: string;
  readonly message?: string;
}

/** A requirement of a foreign recipe. */
export interface ImportedRequirement extends ImportedDirective {
  readonly specs: readonly string[];
  readonly policy: 'any_of' | 'one_of';
  readonly message?: string;
}

/** Virtual packages that a foreign recipe provides. */
export interface ImportedProvision extends ImportedDirective {
  readonly specs: readonly string[];
}

/** A package as an importer has read it from a foreign recipe: specs are still texts in Spack's syntax. */
export interface ImportedPackage {
  readonly name: string;
  readonly summary?: string;
  readonly homepage?: string;
  /** The recipe's file, relative to the repository that was read. */
  readonly file?: string;
  readonly versions: readonly ImportedVersion[];
  readonly variants: readonly ImportedVariant[];
  readonly dependencies: readonly ImportedDependency[];
  readonly conflicts: readonly ImportedConflict[];
  readonly requires: readonly ImportedRequirement[];
  readonly provides: readonly ImportedProvision[];
  readonly unread: readonly UnreadLine[];
}
