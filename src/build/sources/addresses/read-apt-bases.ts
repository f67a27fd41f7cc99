import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AptBase, orderAptBases, parseDeb822Sources, parseOneLineSources } from './parse-apt-sources.ts';

/** Reads where this machine's apt gets its packages, so that no mirror has to be written down in a project; nothing on
 * a machine without apt. Files that this user may not read count as absent. */
export async function readAptBases(aptDirectory = '/etc/apt'): Promise<AptBase[]> {
  const folder = join(aptDirectory, 'sources.list.d');
  const names = (await readdir(folder).catch(() => [])).toSorted();
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const bases = parseOneLineSources(await read(join(aptDirectory, 'sources.list')));
  for (const name of names) {
    if (name.endsWith('.list')) bases.push(...parseOneLineSources(await read(join(folder, name))));
    if (name.endsWith('.sources')) bases.push(...parseDeb822Sources(await read(join(folder, name))));
  }
  return orderAptBases(bases);
}
