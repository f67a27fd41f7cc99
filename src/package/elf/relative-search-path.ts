import { posix } from 'node:path';

/** Where a program or library lies, and what it may refer to. */
export interface SearchPathPlace {
  /** The store's root in the build. */
  readonly root: string;
  /** The package's own folder in the store. */
  readonly storeName: string;
  /** The file's path below the prefix. */
  readonly path: string;
  /** Folders in the store that packages it depends on have. */
  readonly dependencies: ReadonlySet<string>;
}

/** Turns the search path of a program or library into one that holds wherever the store is: folders of the package and of its dependencies become relative to the file's own;
 * those that already are stay; all others are left out, because they belong to the machine of the build. */
export function relativeSearchPath(folders: readonly string[], place: SearchPathPlace): string[] {
  const own = posix.dirname(`${place.root}/store/${place.storeName}/${place.path}`);
  const result = folders.flatMap((folder) => {
    if (/^\$(ORIGIN|\{ORIGIN\})(\/|$)/.test(folder)) return [folder];
    const normal = posix.normalize(folder).replace(/(?<=.)\/+$/, '');
    return isReachable(normal, place) ? [originPath(own, normal)] : [];
  });
  return [...new Set(result)];
}

function originPath(from: string, to: string): string {
  const relative = posix.relative(from, to);
  return relative === '' ? '$ORIGIN' : `$ORIGIN/${relative}`;
}

function isReachable(folder: string, place: SearchPathPlace): boolean {
  const store = `${place.root}/store/`;
  if (!folder.startsWith(store)) return false;
  const [storeName] = folder.slice(store.length).split('/');
  return storeName === place.storeName || place.dependencies.has(storeName ?? '');
}
