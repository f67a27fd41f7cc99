import { join } from 'node:path';

/** Where things are in an area. Everything but `store` is small and made anew from what the store holds. */
export interface AreaLayout {
  /** The area's own path, which is also the root that its packages are relocated to. */
  readonly root: string;
  readonly store: string;
  readonly generations: string;
  /** The link to the active generation; a switch replaces it by one rename. */
  readonly current: string;
  /** What the area holds; replaced by rename. */
  readonly index: string;
  readonly lock: string;
  /** What is out of use, moved here to be deleted: nothing below it is ever believed or looked for. */
  readonly trash: string;
  /** Public keys whose releases and packages are believed here. */
  readonly keys: string;
}

/** The layout of the area at an absolute path. */
export function areaLayoutOf(root: string): AreaLayout {
  return {
    root,
    store: join(root, 'store'),
    generations: join(root, 'generations'),
    current: join(root, 'current'),
    index: join(root, 'area.json'),
    lock: join(root, '.lock'),
    trash: join(root, '.trash'),
    keys: join(root, 'keys'),
  };
}
