import type { Version } from './version.ts';

/** One interval of a range. Spack's meaning: bounds are prefixes, so `1.2` as an upper bound includes 1.2.9. */
export interface VersionInterval {
  readonly low?: Version;
  readonly high?: Version;
  /** `@=1.2`: exactly this version and no longer one; `low` and `high` are both that version. */
  readonly exact?: true;
}

/** A union of intervals, sorted, disjoint; the empty union holds nothing. */
export type VersionRange = readonly VersionInterval[];
