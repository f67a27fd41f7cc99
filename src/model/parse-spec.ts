import type { Place } from '../core/farm-error.ts';
import { compilerNameOf } from './compiler-names.ts';
import { isPackageName, type PackageName } from './names.ts';
import type { Spec } from './spec.ts';
import { addValue, addVariant, finishDraft, type SpecDraft } from './spec-draft.ts';
import { type SpecText, type SpecToken, scanSpec, specInvalid, specUnsupported } from './spec-tokens.ts';
import { anyVersion, parseVersionRange, type VersionRange } from './version-range.ts';

/** The tokens of a spec, with the index of the next one. */
interface Reader {
  readonly source: SpecText;
  readonly tokens: readonly SpecToken[];
  next: number;
}

/** Parses a spec in Spack's syntax, such as `hepmc3@3.1: +python cxxstd=17 ^zlib@1.2:`.
 * `%gcc@12:` becomes a condition on the platform's compiler, of the package or dependency that it stands behind.
 * @param place where the spec was written, for errors
 * @throws SPEC_INVALID pointing at a character; SPEC_UNSUPPORTED naming a feature of Spack that binfarm does not have */
export function parseSpec(text: string, place?: Place): Spec {
  const source: SpecText = place === undefined ? { text } : { text, place };
  const reader: Reader = { source, tokens: scanSpec(source), next: 0 };
  if (reader.tokens.length === 0) throw specInvalid(source, 'a package or a condition is expected', 0);
  const root = readPackage(reader);
  return finishDraft(root, readDependencies(reader));
}

function readDependencies(reader: Reader): Spec[] {
  const { source } = reader;
  const dependencies = new Map<PackageName, Spec>();
  for (let token = take(reader); token !== undefined; token = take(reader)) {
    const dependency = finishDraft(readPackage(reader), []);
    if (dependency.name === undefined) throw specInvalid(source, 'a name is expected behind the "^"', token.at);
    if (dependencies.has(dependency.name)) {
      throw specInvalid(
        source,
        `"^${dependency.name}" is given twice,`,
        token.at,
        'Write all that is asked of it behind one "^"',
      );
    }
    dependencies.set(dependency.name, dependency);
  }
  return [...dependencies.values()];
}

function take(reader: Reader): SpecToken | undefined {
  const token = reader.tokens[reader.next];
  reader.next += 1;
  return token;
}

/** Reads a package and its conditions, up to the next `^` or the end. */
function readPackage(reader: Reader): SpecDraft {
  const draft: SpecDraft = { variants: new Map(), platform: {} };
  const first = reader.tokens[reader.next];
  if (first?.kind === 'name') {
    draft.name = readName(reader.source, first);
    reader.next += 1;
  }
  for (;;) {
    const token = reader.tokens[reader.next];
    if (token === undefined || token.kind === 'dependency') return draft;
    reader.next += 1;
    readCondition(reader, draft, token);
  }
}

function readName(source: SpecText, { name, at }: SpecToken & { kind: 'name' }): PackageName {
  if (isPackageName(name)) return name;
  const hint = 'A name has lower-case letters, digits, "-", "_" and ".", and begins with a letter or digit';
  throw specInvalid(source, `"${name}" cannot be the name of a package,`, at, hint);
}

function readCondition(reader: Reader, draft: SpecDraft, token: Exclude<SpecToken, { kind: 'dependency' }>): void {
  const { source } = reader;
  switch (token.kind) {
    case 'name': {
      const hint = 'Write "^" before a dependency; "+", "~" or "key=" before what is asked of a variant';
      throw specInvalid(source, `"${token.name}" is a second name`, token.at, hint);
    }
    case 'versions':
      if (draft.versions !== undefined || draft.platform.compiler !== undefined) {
        throw specInvalid(source, 'versions are given twice, or behind a compiler,', token.at);
      }
      draft.versions = readVersions(source, token);
      return;
    case 'switch':
      addVariant(source, draft, token, token.on);
      return;
    case 'value':
      addValue(source, draft, token);
      return;
    case 'compiler':
      readCompiler(reader, draft, token.at);
      return;
  }
}

function readVersions(source: SpecText, { range, at }: SpecToken & { kind: 'versions' }): VersionRange {
  if (range === '') throw specInvalid(source, 'a version is expected behind the "@"', at);
  try {
    return parseVersionRange(range);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : undefined;
    throw specInvalid(source, `"@${range}" is not a range of versions,`, at, why, cause);
  }
}

function readCompiler(reader: Reader, draft: SpecDraft, at: number): void {
  const { source, tokens } = reader;
  const token = take(reader);
  if (token?.kind !== 'name') throw specInvalid(source, 'a compiler is expected behind the "%"', at);
  const name = compilerNameOf(token.name);
  if (name === undefined) {
    throw specUnsupported(
      source,
      'direct dependencies (%name)',
      at,
      `"${token.name}" is not a compiler; write "^" before a dependency`,
    );
  }
  if (draft.platform.compiler !== undefined) throw specUnsupported(source, 'several compilers (%gcc %clang)', at);
  const behind = tokens[reader.next];
  if (behind?.kind === 'versions') reader.next += 1;
  const versions = behind?.kind === 'versions' ? readVersions(source, behind) : anyVersion;
  draft.platform.compiler = { name, versions };
}
