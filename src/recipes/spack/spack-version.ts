import { compareVersions, type Version } from '../../model/version.ts';
import { makeBuiltin, makeTuple, type PythonObject, type PythonValue, Unreadable } from './python/python-value.ts';

const separators = /[._-]/g;

/** The value of `Version("1.2.3")` in a recipe, with the parts that recipes ask for. */
export function makeVersion(text: string): PythonObject {
  const parts = text.match(/\d+|[A-Za-z]+/g) ?? [];
  const member = (name: string): PythonValue | undefined => {
    switch (name) {
      case 'string':
        return text;
      case 'dotted':
      case 'underscored':
      case 'dashed':
      case 'joined':
        return makeVersion(text.replace(separators, { dotted: '.', underscored: '_', dashed: '-', joined: '' }[name]));
      case 'up_to':
        return makeBuiltin(name, ({ args: [count] }) => makeVersion(upTo(text, count)));
      case '__iter__':
        return makeTuple(parts.map((part) => (/^\d/.test(part) ? Number(part) : part)));
      case '__compare__':
        return makeBuiltin(name, ({ args: [other = null] }) =>
          compareVersions(text as Version, versionText(other) as Version),
        );
      default:
        return undefined;
    }
  };
  return { kind: 'object', type: 'version', text, member };
}

/** The text of a version, or of what can become one.
 * @throws Unreadable */
export function versionText(value: PythonValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value?.kind === 'object' && value.type === 'version') return value.text ?? '';
  throw new Unreadable('a version is expected');
}

/** The text up to the end of the part with a number; negative numbers count from the end. */
function upTo(text: string, count: PythonValue | undefined): string {
  if (typeof count !== 'number') throw new Unreadable('a number of parts is expected');
  const ends = [...text.matchAll(/\d+|[A-Za-z]+/g)].map(({ index, 0: part }) => index + part.length);
  const end = ends[(count < 0 ? ends.length + count : Math.min(count, ends.length)) - 1];
  return end === undefined ? '' : text.slice(0, end);
}
