import type { BytePatch, ByteSource } from '../byte-source.ts';
import { type DynamicEntry, dynamicTags, type ElfDynamic } from './read-dynamic.ts';
import { type ElfFile, stringAt } from './read-elf.ts';
import { relativeSearchPath, type SearchPathPlace } from './relative-search-path.ts';
import { stringReferences } from './string-references.ts';

/** How a file's search path is changed, and the one that it has then. */
export interface SearchPathEdit {
  readonly patches: readonly BytePatch[];
  readonly searchPath: readonly string[];
}

/** Plans the edit that makes the search path of a program or library relative to itself, in place: nothing in the file moves. DT_RPATH becomes DT_RUNPATH, so that
 * LD_LIBRARY_PATH of a developer goes before it. A library that has a search path also gets its own folder at the end, where there is room: reached through
 * a tree of links it finds its neighbours there. Where other strings share the bytes, or the relative path is longer, the path stays as it is and counts as any other occurrence of the root. */
export function planSearchPathEdit(
  source: ByteSource,
  file: { readonly elf: ElfFile; readonly dynamic: ElfDynamic },
  place: SearchPathPlace,
): SearchPathEdit {
  const { elf, dynamic } = file;
  const paths = dynamic.entries.filter(({ tag }) => tag === dynamicTags.rpath || tag === dynamicTags.runpath);
  if (paths.length === 0) return { patches: [], searchPath: dynamic.searchPath };
  const references = stringReferences(source, elf, dynamic);
  const patches: BytePatch[] = [];
  let { searchPath } = dynamic;
  const hasRunpath = paths.some(({ tag }) => tag === dynamicTags.runpath);
  for (const entry of paths) {
    const edit = references === undefined ? undefined : editString(dynamic, entry, references, place);
    if (edit !== undefined && !patches.some(({ offset }) => offset === edit.patch.offset)) patches.push(edit.patch);
    const counts = entry.tag === dynamicTags.runpath || !hasRunpath;
    if (edit !== undefined && counts) searchPath = edit.searchPath;
    if (!hasRunpath) patches.push(tagPatch(elf, entry));
  }
  return { patches, searchPath };
}

function editString(
  dynamic: ElfDynamic,
  entry: DynamicEntry,
  references: ReadonlySet<number>,
  place: SearchPathPlace,
): { patch: BytePatch; searchPath: string[] } | undefined {
  const { bytes, offset } = dynamic.strings;
  const start = entry.value;
  const old = stringAt(bytes, start);
  const end = bytes.indexOf(0, start);
  if (old === undefined || (start > 0 && bytes[start - 1] !== 0)) return undefined;
  const shared = firstShared(references, start, end);
  const room = (shared ?? end + 1) - start - 1;
  const searchPath = fitSearchPath(old, room, { place, isLibrary: dynamic.isLibrary });
  if (searchPath === undefined) return undefined;
  const replacement = Buffer.alloc(room + 1);
  replacement.write(searchPath.join(':'));
  return { patch: { offset: offset + start, bytes: replacement }, searchPath };
}

/** The first place in a string, its end left out, that something else refers to. */
function firstShared(references: ReadonlySet<number>, start: number, end: number): number | undefined {
  let first: number | undefined;
  for (const reference of references) {
    if (reference >= start && reference < end && (first === undefined || reference < first)) first = reference;
  }
  return first;
}

function fitSearchPath(
  old: string,
  room: number,
  file: { readonly place: SearchPathPlace; readonly isLibrary: boolean },
): string[] | undefined {
  const path = relativeSearchPath(old.split(':'), file.place);
  const withOwn = file.isLibrary && !path.includes('$ORIGIN') ? [...path, '$ORIGIN'] : path;
  for (const candidate of [withOwn, path]) if (Buffer.byteLength(candidate.join(':')) <= room) return candidate;
  return undefined;
}

function tagPatch(elf: ElfFile, entry: DynamicEntry): BytePatch {
  const bytes = Buffer.alloc(4);
  if (elf.numbers.little) bytes.writeUInt32LE(dynamicTags.runpath);
  else bytes.writeUInt32BE(dynamicTags.runpath);
  // The tag is below 2^32: in a big-endian file of 64 bits it is the second half.
  return { offset: entry.offset + (elf.numbers.wide && !elf.numbers.little ? 4 : 0), bytes };
}
