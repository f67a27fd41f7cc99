import type { BuildPlan } from '../model/plan.ts';
import type { BaseRequest } from './base/base.ts';
import type { FetchedSource } from './sources/fetch-sources.ts';

/** A package that a build or test can see. */
export interface VisiblePackage {
  readonly name: string;
  readonly storeName: string;
  /** Its folder on this machine. */
  readonly directory: string;
  /** A direct dependency, that is, one which the plan can name. */
  readonly direct: boolean;
}

/** All that one build needs; nothing in it is looked up while it runs. */
export interface BuildTask {
  /** The package's key in the lock, with its platform: for events. */
  readonly key: string;
  readonly plan: BuildPlan;
  /** What build tools add to the front of each variable; not part of the plan. */
  readonly toolEnvironment: Readonly<Record<string, string>>;
  readonly storeName: string;
  readonly base: BaseRequest;
  /** Direct dependencies and what they need to run. */
  readonly visible: readonly VisiblePackage[];
  readonly sources: readonly FetchedSource[];
  /** Made by the build, kept when it fails. */
  readonly workFolder: string;
  readonly logPath: string;
  readonly expectedSeconds?: number;
}

/** What a build or a test run used. */
export interface BuildCost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}
