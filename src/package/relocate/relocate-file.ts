import type { PackageRelocation } from '../../model/package-manifest.ts';
import { damaged } from '../archive/zstd-frame.ts';

/** The root that packages were built for, and the one that they get, as bytes. */
export interface RootChange {
  readonly from: Buffer;
  readonly to: Buffer;
  /** `to`, filled up with `/` to the length of `from`. */
  readonly filled: Buffer;
}

/** Prepares a change of root; `to` is at most as long as `from`. */
export function createRootChange(from: string, to: string): RootChange {
  const old = Buffer.from(from);
  const filled = Buffer.alloc(old.length, '/');
  filled.write(to, 0);
  return { from: old, to: Buffer.from(to), filled };
}

/** Changes the root in one file, part by part. */
export interface FileRelocator {
  /** Takes the next part of the file, which it may change, and gives what can be written.
   * @throws PACKAGE_DAMAGED when the root is not where the table says. */
  readonly push: (part: Buffer) => Buffer;
}

/** Starts to relocate a file. In a binary file the new root is filled up with slashes, so nothing moves; a text becomes shorter. An occurrence that lies across two parts is
 * kept until the second has come. */
export function createFileRelocator(relocation: PackageRelocation, change: RootChange): FileRelocator {
  const { offsets } = relocation;
  const length = change.from.length;
  let index = 0;
  let base = 0;
  let kept: Buffer = Buffer.alloc(0);
  const push = (part: Buffer): Buffer => {
    const data = kept.length === 0 ? part : Buffer.concat([kept, part]);
    const pieces: Buffer[] = [];
    let at = 0;
    let end = data.length;
    for (; index < offsets.length; index++) {
      const start = (offsets[index] as number) - base;
      if (start >= data.length) break;
      if (start + length > data.length) {
        end = start;
        break;
      }
      checkOccurrence(data, start, relocation.path, change.from);
      if (relocation.kind === 'binary') {
        change.filled.copy(data, start);
      } else {
        pieces.push(data.subarray(at, start), change.to);
        at = start + length;
      }
    }
    kept = Buffer.from(data.subarray(end));
    base += end;
    if (at === 0) return data.subarray(0, end);
    pieces.push(data.subarray(at, end));
    return Buffer.concat(pieces);
  };
  return { push };
}

function checkOccurrence(data: Buffer, start: number, path: string, root: Buffer): void {
  if (data.compare(root, 0, root.length, start, start + root.length) !== 0) {
    throw damaged(`"${path}" does not have the build root where its relocation table says`);
  }
}
