import { listImages } from '../../app/image/look-at-images.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { atOption } from '../image-options.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm image list`: what images there are. */
export const command = defineCommand({
  changes: false,
  examples: ['binfarm image list', 'binfarm image list --at oci://registry.example.org/nova'],
  syntax: (syntax) => syntax.addOption(atOption()),
  run: ({ options: { at } }, context) =>
    listImages({ farm: context.farm(), folder: context.io.folder, ...(at === undefined ? {} : { at }) }, context),
  text: ({ images, location }, style) => {
    if (images.length === 0) return `There are no images in ${location}`;
    const rows = images.map(({ name, tag, size, release = 'not of a release', platforms, digest }) => [
      style.strong(`${name}:${tag}`),
      formatBytes(size),
      release,
      platforms.join(' '),
      style.faint(digest.slice(7, 19)),
    ]);
    return tableText(rows, { right: [1] });
  },
});
