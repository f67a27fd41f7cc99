import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { translateFileError } from '../../core/translate-file-error.ts';
import type { LocalObjects } from './repository-store.ts';

/** An object that is to be stored. */
export interface ObjectDraft {
  /** Below `data/`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What was new of objects that were to be stored. */
export interface PutObjects {
  readonly objects: number;
  readonly bytes: number;
}

/** Writes objects as files. One thread does it for all: several that make files at once wait for each other in the file system. */
export interface ObjectPutter {
  /** Whether there is an object that can be believed. */
  readonly isThere: (name: string) => boolean;
  /** Stores those that are not there. Their names are in the journal before they are there.
   * @throws DISK_FULL, PERMISSION_DENIED */
  readonly put: (drafts: readonly ObjectDraft[]) => PutObjects;
}

/** Starts to write objects, with a journal of its own.
 * @param suspects objects of a publication that was killed: they are written again rather than believed */
export function createObjectPutter(local: LocalObjects, suspects: ReadonlySet<string>): ObjectPutter {
  const run = `${process.pid}-${randomBytes(6).toString('hex')}`;
  const journal = join(local.journals, run);
  const setModes = (process.umask() & 0o044) !== 0;
  let count = 0;
  const write = ({ name, bytes }: ObjectDraft) => {
    const temporary = join(local.scratch, `${run}.${count++}`);
    const descriptor = openSync(temporary, 'wx', 0o644);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      if (setModes) fchmodSync(descriptor, 0o644);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
    moveInto(temporary, join(local.folder, name));
  };
  const isThere = (name: string) =>
    !suspects.has(name) && lstatSync(join(local.folder, name), { throwIfNoEntry: false }) !== undefined;
  return {
    isThere,
    put: (drafts) => {
      try {
        const missing = new Map(drafts.filter(({ name }) => !isThere(name)).map((draft) => [draft.name, draft]));
        if (missing.size === 0) return { objects: 0, bytes: 0 };
        appendFileSync(journal, `${[...missing.keys()].join('\n')}\n`);
        let bytes = 0;
        for (const draft of missing.values()) {
          write(draft);
          bytes += draft.bytes.length;
        }
        return { objects: missing.size, bytes };
      } catch (error) {
        throw translateFileError(error, 'write an object to', local.folder);
      }
    },
  };
}

function moveInto(temporary: string, path: string): void {
  try {
    renameSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    renameSync(temporary, path);
  }
}
