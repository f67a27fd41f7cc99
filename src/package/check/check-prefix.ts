import { join } from 'node:path';
import { FarmError } from '../../core/farm-error.ts';
import { type ByteSource, openFileSource } from '../byte-source.ts';
import { listPrefix, type PrefixEntry } from '../list-prefix.ts';
import { isSafePath } from '../manifest/safe-path.ts';
import { findLinkFault } from './check-links.ts';
import { findMissingLibraries } from './check-needed.ts';

/** What a built prefix is checked against. */
export interface PrefixContext {
  /** The store's root in the build. */
  readonly root: string;
  /** The prefix's own folder in the store. */
  readonly storeName: string;
  /** Where the packages that it links or runs with lie on this machine, by their folder's name in the store. */
  readonly dependencies: ReadonlyMap<string, string>;
  /** Libraries that the platform's base may provide; `baseLibraries` when absent. */
  readonly baseLibraries?: readonly (string | RegExp)[];
}

/** A rule for packages that a prefix breaks. */
export interface PrefixViolation {
  readonly rule: 'empty' | 'interpreter' | 'kind' | 'link' | 'library' | 'mode' | 'name';
  /** Below the prefix; empty for the prefix itself. */
  readonly path: string;
  /** What is wrong, in words that follow "Cannot accept <path>:". */
  readonly state: string;
}

/** The longest first line of a script that Linux reads (since 5.1), with its newline. */
const longestInterpreterLine = 256;

/** Checks a built prefix for all that a package must not have: nothing at all, devices, bits that give rights, names that cannot be packed, links out of the store or to nothing, scripts whose
 * interpreter the kernel could not start, and libraries that come from neither a declared dependency nor the base. */
export function checkPrefix(prefix: string, context: PrefixContext): PrefixViolation[] {
  const entries = listPrefix(prefix);
  if (!entries.some(({ type }) => type === 'file' || type === 'symlink')) {
    return [{ rule: 'empty', path: '', state: 'the build has installed no file' }];
  }
  return entries.flatMap((entry) => [
    ...checkName(entry),
    ...checkKind(entry),
    ...checkMode(entry),
    ...checkContent(prefix, entry, context),
  ]);
}

/** The error for a prefix that breaks rules: the first one in its message, all in its details. */
export function prefixRejected(storeName: string, violations: readonly PrefixViolation[]): FarmError {
  const [first] = violations;
  const others = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  const where = first?.path === '' ? '' : `"${first?.path}": `;
  return new FarmError('PACKAGE_REJECTED', `Cannot accept "${storeName}": ${where}${first?.state}${others}`, {
    details: { violations },
  });
}

function checkName({ path, isForeign }: PrefixEntry): PrefixViolation[] {
  if (isForeign) return [{ rule: 'name', path, state: 'its name, or the target of the link, is not UTF-8' }];
  if (isSafePath(path)) return [];
  return [
    { rule: 'name', path, state: 'a package cannot have this name (control characters, .wh., .binfarm, too long)' },
  ];
}

function checkKind({ path, type, isForeign }: PrefixEntry): PrefixViolation[] {
  if (type !== 'other' || isForeign) return [];
  return [{ rule: 'kind', path, state: 'it is neither a file nor a folder nor a link' }];
}

function checkMode({ path, type, mode }: PrefixEntry): PrefixViolation[] {
  if (type !== 'file' && type !== 'directory') return [];
  const violations: PrefixViolation[] = [];
  if (type === 'file' && (mode & 0o6000) !== 0) {
    violations.push({ rule: 'mode', path, state: `it is setuid or setgid (mode ${mode.toString(8)})` });
  }
  if ((mode & 0o002) !== 0) {
    violations.push({ rule: 'mode', path, state: `everybody can write to it (mode ${mode.toString(8)})` });
  }
  return violations;
}

function checkContent(prefix: string, entry: PrefixEntry, context: PrefixContext): PrefixViolation[] {
  const { path } = entry;
  if (entry.type === 'symlink' && !entry.isForeign) {
    const state = findLinkFault(prefix, path, context);
    return state === undefined ? [] : [{ rule: 'link', path, state }];
  }
  if (entry.type !== 'file' || entry.size === 0) return [];
  const source = openFileSource(join(prefix, path));
  try {
    const libraries = findMissingLibraries(source, { prefix, path, context });
    return [
      ...((entry.mode & 0o111) === 0 ? [] : checkInterpreter(source, path)),
      ...libraries.map(
        (name): PrefixViolation => ({
          rule: 'library',
          path,
          state: `it needs ${name}, which neither a declared dependency nor the base has`,
        }),
      ),
    ];
  } finally {
    source.close();
  }
}

/** A root that a package is installed at is never longer than the one it was built for, so a line that is short enough here is so everywhere. */
function checkInterpreter(source: ByteSource, path: string): PrefixViolation[] {
  const start = source.read(0, longestInterpreterLine + 1);
  if (start.toString('latin1', 0, 2) !== '#!') return [];
  const end = start.indexOf('\n');
  if ((end < 0 ? start.length : end + 1) <= longestInterpreterLine) return [];
  const state = `its first line has more than ${longestInterpreterLine - 1} bytes, so the kernel cannot start its interpreter`;
  return [{ rule: 'interpreter', path, state }];
}
