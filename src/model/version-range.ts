import { FarmError } from '../core/farm-error.ts';
import { justAfter, parseVersion, positionOf, type Version } from './version.ts';

/** One interval of a range. Spack's meaning: bounds are prefixes, so `1.2` as an upper bound includes 1.2.9. */
export interface VersionInterval {
  readonly low?: Version;
  readonly high?: Version;
  /** `@=1.2`: exactly this version and no longer one; `low` and `high` are both that version. */
  readonly exact?: true;
}

/** A union of intervals, sorted, disjoint; the empty union holds nothing. */
export type VersionRange = readonly VersionInterval[];

/** The range that holds every version: `:`. */
export const anyVersion: VersionRange = [{}];

/** True when a range holds every version. */
export function isAnyVersion(range: VersionRange): boolean {
  const [only] = range;
  return range.length === 1 && only !== undefined && only.low === undefined && only.high === undefined;
}

/** Parses what stands behind the `@` of a spec: `1.2`, `=1.2`, `1.2:1.4`, `:3`, `1.2:`, and unions of them with commas.
 * @throws VERSION_INVALID */
export function parseVersionRange(text: string): VersionRange {
  return uniteIntervals(text.split(',').map((part) => parseInterval(part.trim(), text)));
}

/** Formats a range as `parseVersionRange` reads it, without `@`; the empty range reads `(none)`. */
export function formatVersionRange(range: VersionRange): string {
  return range.length === 0 ? '(none)' : range.map(formatInterval).join(',');
}

/** True when a version lies in a range. */
export function includesVersion(range: VersionRange, version: Version): boolean {
  const { key } = positionOf(version);
  return range.some((interval) => startOf(interval) <= key && key < endOf(interval));
}

/** The versions that lie in both ranges; empty when there are none. */
export function intersectRanges(a: VersionRange, b: VersionRange): VersionRange {
  if (a === b || isAnyVersion(b)) return a;
  if (isAnyVersion(a)) return b;
  const common = a.flatMap((left) => b.map((right) => intersectIntervals(left, right)));
  return uniteIntervals(common.filter((interval) => interval !== undefined));
}

/** True when some version lies in both ranges. */
export function rangesOverlap(a: VersionRange, b: VersionRange): boolean {
  return a.some((left) => b.some((right) => startOf(left) < endOf(right) && startOf(right) < endOf(left)));
}

/** True when every version of `a` lies in `b`. */
export function isSubrange(a: VersionRange, b: VersionRange): boolean {
  return a.every((left) => b.some((right) => startOf(right) <= startOf(left) && endOf(left) <= endOf(right)));
}

const lowest = '';
const highest = '\uffff';

function startOf(interval: VersionInterval): string {
  return interval.low === undefined ? lowest : positionOf(interval.low).key;
}

function endOf(interval: VersionInterval): string {
  if (interval.high === undefined) return highest;
  const { key, ceiling } = positionOf(interval.high);
  return interval.exact ? justAfter(key) : ceiling;
}

function parseInterval(text: string, whole: string): VersionInterval {
  if (text.startsWith('=')) {
    const version = parseVersion(text.slice(1));
    return { low: version, high: version, exact: true };
  }
  const [low, high = low, ...more] = text.split(':') as [string, ...string[]];
  if (more.length > 0) throw rangeInvalid(whole, `"${text}" has more than one ":"`);
  const interval = makeInterval(
    low === '' && text !== '' ? undefined : parseVersion(low),
    high === '' && text !== '' ? undefined : parseVersion(high),
  );
  if (startOf(interval) >= endOf(interval)) throw rangeInvalid(whole, `no version lies in "${text}"`);
  return interval;
}

function rangeInvalid(text: string, state: string): FarmError {
  return new FarmError('VERSION_INVALID', `Cannot read versions "${text}": ${state}`, {
    hint: 'Write 1.2 for 1.2 and all that begins with it, =1.2 for just that one, 1.2:1.4, 1.2: or :1.4 for a range, and commas between them',
  });
}

function makeInterval(low: Version | undefined, high: Version | undefined): VersionInterval {
  return { ...(low !== undefined && { low }), ...(high !== undefined && { high }) };
}

function formatInterval(interval: VersionInterval): string {
  const { low, high, exact } = interval;
  if (exact) return `=${low}`;
  return low !== undefined && low === high ? low : `${low ?? ''}:${high ?? ''}`;
}

function intersectIntervals(a: VersionInterval, b: VersionInterval): VersionInterval | undefined {
  const later = startOf(a) >= startOf(b) ? a : b;
  const earlier = endOf(a) <= endOf(b) ? a : b;
  if (startOf(later) >= endOf(earlier)) return undefined;
  if (a.exact) return a;
  if (b.exact) return b;
  return makeInterval(later.low, earlier.high);
}

/** Sorts intervals and joins those that overlap. Neighbours such as 1.1 and 1.2 stay apart: 1.2-rc1 is between them. */
function uniteIntervals(intervals: readonly VersionInterval[]): VersionRange {
  if (intervals.length < 2) return intervals;
  const sorted = intervals.toSorted((a, b) => compareTexts(startOf(a), startOf(b)) || compareTexts(endOf(b), endOf(a)));
  const united: VersionInterval[] = [];
  for (const interval of sorted) {
    const last = united.at(-1);
    if (last === undefined || startOf(interval) >= endOf(last)) united.push(interval);
    else if (endOf(interval) > endOf(last)) united[united.length - 1] = makeInterval(last.low, interval.high);
  }
  return united;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
