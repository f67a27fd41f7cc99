/** Names of folders in the store and what is put in their place; each at most as long as the one that it replaces. */
export type StoreNames = Readonly<Record<string, string>>;

/** Changes the names of other packages' folders in one file, part by part. */
export interface FileRenamer {
  /** Takes the next part of the file, which it may change, and gives what can be written. */
  readonly push: (part: Buffer) => Buffer;
  /** Gives the rest, after the last part. */
  readonly end: () => Buffer;
}

interface Replacement {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** Names as bytes, ready to be looked for. */
export interface NameChange {
  readonly text: readonly Replacement[];
  /** The new names, filled up with `/` to the length of the old ones: what follows a folder's name in a path is a `/` anyway, or the end. */
  readonly binary: readonly Replacement[];
  readonly longest: number;
}

/** Prepares a change of names; undefined when there is none. */
export function createNameChange(names: StoreNames | undefined): NameChange | undefined {
  const pairs = Object.entries(names ?? {}).filter(([from, to]) => from !== to);
  if (pairs.length === 0) return undefined;
  const text = pairs.map(([from, to]) => ({ from: Buffer.from(from), to: Buffer.from(to) }));
  const binary = text.map(({ from, to }) => {
    const filled = Buffer.alloc(from.length, '/');
    to.copy(filled);
    return { from, to: filled };
  });
  return { text, binary, longest: Math.max(...text.map(({ from }) => from.length)) };
}

/** Starts to rename in a file. A name ends in a hash, so wherever its bytes are it is that name. In a binary file nothing moves. */
export function createFileRenamer(change: NameChange, kind: 'text' | 'binary'): FileRenamer {
  const replacements = change[kind];
  let kept: Buffer = Buffer.alloc(0);
  const rename = (data: Buffer, isLast: boolean): Buffer => {
    const found = findNames(data, replacements);
    const after = found.length === 0 ? 0 : found.at(-1)!.start + found.at(-1)!.by.from.length;
    // a name may begin in what is kept and end in the next part
    const end = isLast ? data.length : Math.max(after, data.length - change.longest + 1, 0);
    kept = Buffer.from(data.subarray(end));
    return replace(data.subarray(0, end), found);
  };
  return {
    push: (part) => rename(kept.length === 0 ? part : Buffer.concat([kept, part]), false),
    end: () => rename(kept, true),
  };
}

/** A short text, such as the target of a symbolic link, with its names changed. */
export function renameText(text: string, change: NameChange): string {
  const renamer = createFileRenamer(change, 'text');
  return Buffer.concat([renamer.push(Buffer.from(text)), renamer.end()]).toString();
}

interface Occurrence {
  readonly start: number;
  readonly by: Replacement;
}

function findNames(data: Buffer, replacements: readonly Replacement[]): Occurrence[] {
  const found: Occurrence[] = [];
  for (const by of replacements) {
    for (let at = data.indexOf(by.from); at >= 0; at = data.indexOf(by.from, at + by.from.length))
      found.push({ start: at, by });
  }
  return found.sort((a, b) => a.start - b.start);
}

function replace(data: Buffer, found: readonly Occurrence[]): Buffer {
  if (found.length === 0) return data;
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { start, by } of found) {
    if (start < at) continue;
    pieces.push(data.subarray(at, start), by.to);
    at = start + by.from.length;
  }
  pieces.push(data.subarray(at));
  return Buffer.concat(pieces);
}
