import { diffImages } from '../../app/image/look-at-images.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { atOption } from '../image-options.ts';

/** `binfarm image diff`: what differs between two images. */
export const command = defineCommand({
  changes: false,
  about: 'Tells which packages differ between two images, and what a client that has the first fetches for the second.',
  examples: ['binfarm image diff nova/full:2026.1 nova/full:2026.2'],
  syntax: (syntax) => syntax.argument('<before>', 'name:tag').argument('<after>', 'name:tag').addOption(atOption()),
  run: ({ arguments: [before, after], options: { at } }, context) => {
    const place = at === undefined ? {} : { at };
    return diffImages({ farm: context.farm(), folder: context.io.folder, before, after, ...place }, context);
  },
  text: ({ platforms }, style) => {
    if (platforms.length === 0) return 'They have no platform in common';
    return platforms
      .flatMap(({ platform, packages, shared, layers, size, fetched }) => [
        `${style.strong(platform)}: ${formatBytes(size.before)} to ${formatBytes(size.after)}, ${shared} of ${formatCount(layers.after, 'layer')} the same`,
        ...packages.map(({ before, after }) => {
          if (before === undefined) return style.good(`  + ${after}`);
          return after === undefined ? style.bad(`  - ${before}`) : `  ~ ${before} -> ${after}`;
        }),
        `  to fetch: ${formatCount(fetched.changed.layers, 'layer')}, ${formatBytes(fetched.changed.bytes)} (Docker without containerd's store: ${formatCount(fetched.above.layers, 'layer')}, ${formatBytes(fetched.above.bytes)})`,
      ])
      .join('\n');
  },
});
