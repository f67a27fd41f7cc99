import type { Digest } from '../core/digest-text.ts';
import type { VariantValue } from './lock.ts';
import type { PackageName } from './names.ts';
import type { DependencyType } from './recipe.ts';

/** A source of a build, known by content; where it comes from is not part of the plan. */
export interface PlanSource {
  readonly kind: 'archive' | 'directory' | 'file' | 'git';
  /** sha256 of the archive or file; of the tree's listing for a directory; of the commit's text for git. */
  readonly digest: Digest;
  /** The file name, from which the kind of an archive is told. */
  readonly file: string;
  /** The folder below `@{source}` where it is put; the archive's top folder is removed. */
  readonly into: string;
}

/** One action of a phase. Texts may hold the placeholders of `expandPlaceholders`. */
export type PlanStep =
  | {
      readonly do: 'run';
      readonly argv: readonly string[];
      readonly cwd?: string;
      readonly env?: Readonly<Record<string, string>>;
    }
  | { readonly do: 'write'; readonly path: string; readonly text: string; readonly executable?: boolean }
  | { readonly do: 'edit'; readonly path: string; readonly find: string; readonly replace: string }
  | { readonly do: 'copy'; readonly from: string; readonly to: string }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'patch'; readonly text: string; readonly strip: number; readonly cwd?: string };

/** A named, timed part of a build. */
export interface PlanPhase {
  readonly name: string;
  readonly steps: readonly PlanStep[];
  readonly timeoutSeconds: number;
}

/** A direct dependency as the plan sees it: by name only; its identity enters the build hash beside the plan. */
export interface PlanDependency {
  readonly name: PackageName;
  readonly types: readonly DependencyType[];
  /** Taken from the base, with this version. */
  readonly external?: string;
}

/** What one package's recipe evaluates to: everything that decides the bytes of the result, as plain data. */
export interface BuildPlan {
  readonly format: 'binfarm.plan/1';
  readonly name: PackageName;
  readonly version: string;
  readonly variants: Readonly<Record<string, VariantValue>>;
  /** The whole platform name, build type included. */
  readonly platform: string;
  /** The canonical store root that the build sees. */
  readonly root: string;
  readonly sources: readonly PlanSource[];
  /** Link, run and hashed build dependencies; build-only tools are provenance. */
  readonly dependencies: readonly PlanDependency[];
  readonly env: Readonly<Record<string, string>>;
  readonly phases: readonly PlanPhase[];
}

/** A test of an installed package: commands that must end with 0, run at another prefix. */
export interface PlanTest {
  readonly name: string;
  readonly steps: readonly PlanStep[];
  readonly timeoutSeconds: number;
}
