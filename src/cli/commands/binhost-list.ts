import { listBinhost } from '../../app/binhost/list-binhost.ts';
import { resolveBinhost } from '../../app/farm/open-farm.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { tableText } from '../render/table-text.ts';

/** `binfarm binhost list`: what a binhost has. */
export const command = defineCommand({
  changes: false,
  about: 'Lists packages, releases and channels of the farm, as the binhost says; nothing is verified.',
  examples: ['binfarm binhost list', 'binfarm binhost list oci://registry.example.org/nova zlib'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('[binhost]', 'a folder, https://, oci:// or s3:// address (default: the farm’s own)')
      .argument('[names...]', 'only these packages'),
  run: ({ arguments: [location, names] }, context) =>
    listBinhost(
      {
        farm: context.farm(),
        ...(location === undefined ? {} : { location: resolveBinhost(context.io.folder, location) }),
        names,
      },
      context,
    ),
  text: ({ location, packages, releases, channels, bytes }, style) =>
    [
      ...(packages.length > 0
        ? [
            tableText(
              packages.map((item) => [
                style.strong(item.name),
                item.version,
                item.platform,
                formatBytes(item.bytes),
                style.faint(item.buildHash.slice(0, 20)),
              ]),
              { right: [3] },
            ),
          ]
        : []),
      ...(releases.length > 0 ? [`Releases: ${releases.join(', ')}`] : []),
      ...(channels.length > 0 ? [`Channels: ${channels.join(', ')}`] : []),
      `${formatCount(packages.length, 'package')}, ${formatBytes(bytes)}: ${location}.`,
    ].join('\n'),
});
