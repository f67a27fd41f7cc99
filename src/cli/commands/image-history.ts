import { inspectImage } from '../../app/image/look-at-images.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { atOption } from '../image-options.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm image history`: an image layer by layer. */
export const command = defineCommand({
  changes: false,
  about: 'Lists the layers of an image from the lowest to the uppermost: how large each is, and what is in it.',
  examples: ['binfarm image history nova/full:2026.1'],
  syntax: (syntax) => syntax.argument('<image>', 'name:tag').addOption(atOption()),
  run: ({ arguments: [image], options: { at } }, context) =>
    inspectImage(
      { farm: context.farm(), folder: context.io.folder, image, ...(at === undefined ? {} : { at }) },
      context,
    ),
  text: ({ platforms }, style) =>
    platforms
      .flatMap(({ platform, layers }) => {
        const rows = layers.map(({ kind, size, digest, packages, history }, index) => [
          String(index + 1),
          kind,
          formatBytes(size),
          style.faint(digest.slice(7, 19)),
          (packages.join(' ') || history).slice(0, 100),
        ]);
        return [style.strong(platform), tableText(rows, { right: [0, 2] })];
      })
      .join('\n'),
});
