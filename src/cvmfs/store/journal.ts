import { readFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../core/write-file-atomic.ts';
import type { ContentHash } from '../format/content-hash.ts';

/** What killed publications have left, and what this one leaves if it is killed. */
export interface Journal {
  /** Objects that were being written when a publication was killed: nothing refers to them, and they may not be whole. */
  readonly suspects: ReadonlySet<string>;
  /** True when the published revision is none that was sealed here: somebody else has written it. */
  readonly isForeign: boolean;
  /** Notes that everything is there and the revision with this root catalog is about to be published. */
  readonly seal: (root: ContentHash) => Promise<void>;
  /** What has been noted by now: objects that are new in this publication, and those of killed ones. */
  readonly notes: () => Promise<readonly string[]>;
  /** Forgets all notes, when the revision is published or nothing was to be. */
  readonly close: () => Promise<void>;
}

const sealName = 'sealed';

/** Reads the notes of a folder. Those of a publication that was sealed and then published are only late, and say nothing. */
export async function openJournal(folder: string, published: ContentHash): Promise<Journal> {
  const [next, before] = (await readFile(join(folder, sealName), 'latin1').catch(() => '')).split('\n');
  const list = async () => (await readdir(folder)).filter((name) => /^\d+-[0-9a-f]+$/.test(name));
  const read = async () => (await list()).flatMap((name) => readNotes(join(folder, name)));
  const close = async () => {
    for (const name of await list()) await rm(join(folder, name), { force: true });
  };
  if (next === published) {
    await close();
    // what is noted from here on is of another publication, and not late
    await writeFileAtomic(join(folder, sealName), `\n${published}\n`);
  }
  return {
    suspects: new Set(await read()),
    isForeign: next !== published && before !== published,
    seal: (root) => writeFileAtomic(join(folder, sealName), `${root}\n${published}\n`),
    notes: read,
    close,
  };
}

/** The last line may have been cut off; then its object is not there. */
function readNotes(path: string): string[] {
  return readFileSync(path, 'latin1')
    .split('\n')
    .filter((line) => /^[0-9a-f]{2}\/[0-9a-f]{38}[A-Z]?$/.test(line));
}
