import { checkFolders } from '../../image/base/check-base.ts';
import type { LayerEntry } from '../../image/oci/write-tree-layer.ts';
import type { ImageBase } from './image-base.ts';

/** Refuses a base that has a link where the image has a folder.
 * @throws BASE_UNSUITABLE */
export function checkImageFolders(entries: readonly LayerEntry[], base: ImageBase): void {
  const parents = entries.flatMap(({ path }) =>
    path
      .split('/')
      .slice(0, 3)
      .slice(0, -1)
      .map((_, index, parts) => parts.slice(0, index + 1).join('/')),
  );
  checkFolders([...new Set(parents)], base);
}
