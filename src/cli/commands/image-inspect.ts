import { inspectImage } from '../../app/image/look-at-images.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { atOption } from '../image-options.ts';

/** `binfarm image inspect`: what an image has and starts with. */
export const command = defineCommand({
  changes: false,
  about: 'Tells what an image is made of and what its containers start with, from its documents; layers are not read.',
  examples: ['binfarm image inspect nova/full:2026.1', 'binfarm image inspect nova/full:2026.1 --json'],
  syntax: (syntax) => syntax.argument('<image>', 'name:tag').addOption(atOption()),
  run: ({ arguments: [image], options: { at } }, context) =>
    inspectImage(
      { farm: context.farm(), folder: context.io.folder, image, ...(at === undefined ? {} : { at }) },
      context,
    ),
  text: ({ image, digest, location, platforms }, style) =>
    [
      `${style.strong(image)} in ${location}`,
      `  ${style.faint(digest)}`,
      ...platforms.flatMap(({ platform, size, layers, created, run, annotations }) => [
        `${style.strong(platform)}: ${layers.length} layers, ${formatBytes(size)}, ${created.slice(0, 10)}`,
        `  packages    ${layers.flatMap(({ packages }) => packages).length}`,
        `  base        ${annotations['org.opencontainers.image.base.name'] ?? 'scratch'}`,
        `  release     ${annotations['org.binfarm.release'] ?? 'none'}`,
        ...(run.Entrypoint === undefined ? [] : [`  entry point ${run.Entrypoint.join(' ')}`]),
        ...(run.Cmd === undefined ? [] : [`  command     ${run.Cmd.join(' ')}`]),
        ...(run.Env ?? []).map((item) => `  ${style.faint(item)}`),
      ]),
    ].join('\n'),
});
