import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { mapLimit } from '../core/map-limit.ts';
import type { AreaLayout } from './area-layout.ts';

/** A process of this machine that runs with files of a package. */
export interface RunningProgram {
  readonly pid: number;
  readonly command: string;
}

/** Finds the programs that run on this machine with files of an area's packages: by what they are, what they have loaded, have open, or work in. Programs of other users
 * are seen as far as the system lets this user look at them; those on other machines are not.
 * @returns by store name */
export async function findPrograms({ store }: AreaLayout): Promise<ReadonlyMap<string, readonly RunningProgram[]>> {
  const place = `${await realpath(store).catch(() => store)}/`;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const programs = new Map<string, RunningProgram[]>();
  await mapLimit(pids, 16, async (pid) => {
    const used = storeNamesIn(await readPaths(`/proc/${pid}`), place);
    if (used.size === 0) return;
    const command = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    for (const storeName of used) programs.set(storeName, [...(programs.get(storeName) ?? []), { pid, command }]);
  });
  return programs;
}

/** Every path that a process holds, one a line; fewer where this user may not look, or the process ends meanwhile. */
async function readPaths(folder: string): Promise<string> {
  const links = ['exe', 'cwd', ...(await readdir(`${folder}/fd`).catch(() => [])).map((name) => `fd/${name}`)];
  const targets = await Promise.all(links.map((name) => readlink(join(folder, name)).catch(() => '')));
  return `${await readFile(`${folder}/maps`, 'utf8').catch(() => '')}\n${targets.join('\n')}`;
}

function storeNamesIn(paths: string, place: string): Set<string> {
  const found = new Set<string>();
  for (let at = paths.indexOf(place); at !== -1; at = paths.indexOf(place, at + 1)) {
    const end = paths.slice(at + place.length, at + place.length + 300).search(/[/\n]|$/);
    found.add(paths.slice(at + place.length, at + place.length + end));
  }
  return found;
}
