import { FarmError } from '../core/farm-error.ts';

/** A version as its recipe writes it: `3.1.2`, `develop`, `2.0-rc1`. */
export type Version = string & { readonly __brand: 'Version' };

/** Where a version lies in the order, as texts that compare by code unit.
 * The version itself is at `key`; every version that it is a prefix of lies from `key` up to, not including, `ceiling`. */
export interface VersionPosition {
  readonly key: string;
  readonly ceiling: string;
}

const versionForm = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/;
const maxLength = 128;

/** Names of moving versions, which are above all numbers; the last one is the highest. */
const movingVersions = ['stable', 'nightly', 'trunk', 'head', 'master', 'main', 'develop'];
const releaseStages = ['alpha', 'beta', 'rc', 'final'];
const finalStage = releaseStages.indexOf('final');

// Each component is one marked text, so that texts compare as versions do: the end of a release is below a word,
// a word below a number, a number below a moving version, and all of them below the ceiling.
const mark = { after: '\0', end: '\x01', word: '\x02', number: '\x03', moving: '\x04', ceiling: '\x05' };

const cacheLimit = 100_000;
const positions = new Map<string, VersionPosition>();

/** Parses a version: letters, digits, `.`, `_`, `-`, beginning with a letter or digit, at most 128 characters;
 * names of branches and commits are versions too.
 * @throws VERSION_INVALID */
export function parseVersion(text: string): Version {
  if (text.length <= maxLength && versionForm.test(text)) return text as Version;
  const state =
    text === '' ? 'it is empty' : text.length > maxLength ? 'it is too long' : 'it has characters that are not allowed';
  throw new FarmError('VERSION_INVALID', `Cannot read version "${text.slice(0, maxLength)}": ${state}`, {
    hint: 'A version has letters, digits, ".", "_" and "-", and begins and ends with a letter or digit: 3.1.2, develop, 2.0-rc1',
  });
}

/** Compares two versions in Spack's order: components between `.`, `_`, `-` and from letters to digits;
 * develop > main > master > head > trunk > nightly > stable > numbers > other words; alpha < beta < rc < the release.
 * Negative, zero or positive; zero also for texts that differ only in separators or leading zeros. */
export function compareVersions(a: Version, b: Version): number {
  if (a === b) return 0;
  const keyA = positionOf(a).key;
  const keyB = positionOf(b).key;
  return keyA < keyB ? -1 : keyA > keyB ? 1 : 0;
}

/** The position of a version in the order of `compareVersions`, for comparing ranges; positions are remembered. */
export function positionOf(version: Version): VersionPosition {
  const known = positions.get(version);
  if (known !== undefined) return known;
  if (positions.size >= cacheLimit) positions.clear();
  const position = computePosition(version);
  positions.set(version, position);
  return position;
}

/** The first place behind a version's key: what is below it and not below the key is that version alone. */
export function justAfter(key: string): string {
  return key + mark.after;
}

function computePosition(version: string): VersionPosition {
  const components = version.match(/[0-9]+|[A-Za-z]+/g) ?? [];
  const { stage, count, length } = releaseStageOf(components);
  const release = components.slice(0, length).map(encodeComponent).join('');
  const stageKey = release + mark.end + stage;
  const key = count === undefined ? stageKey : stageKey + encodeNumber(count);
  if (stage === finalStage) return { key, ceiling: release + mark.ceiling };
  return { key, ceiling: count === undefined ? key + mark.ceiling : justAfter(key) };
}

/** Finds `alpha`, `beta`, `rc` or `final`, with or without a number, behind the release; `length` components are the release. */
function releaseStageOf(components: readonly string[]): { stage: number; count?: string; length: number } {
  const last = components.at(-1) ?? '';
  const numbered = components.length >= 3 && isNumber(last);
  const length = components.length - (numbered ? 2 : 1);
  const stage = length > 0 ? releaseStages.indexOf(components[length] ?? '') : -1;
  if (stage < 0) return { stage: finalStage, length: components.length };
  return numbered ? { stage, count: last, length } : { stage, length };
}

function encodeComponent(component: string): string {
  if (isNumber(component)) return encodeNumber(component);
  const moving = movingVersions.indexOf(component);
  return moving < 0 ? mark.word + component + mark.end : mark.moving + moving;
}

/** Shorter numbers are smaller, so the number of digits comes first. */
function encodeNumber(digits: string): string {
  const significant = digits.replace(/^0+/, '');
  return mark.number + String.fromCharCode(0x20 + significant.length) + significant;
}

function isNumber(component: string): boolean {
  return component !== '' && component < ':';
}
