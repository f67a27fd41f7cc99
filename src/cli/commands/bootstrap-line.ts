import { describeBootstrap } from '../../app/bootstrap/describe-bootstrap.ts';
import { resolveBinhost } from '../../app/farm/open-farm.ts';
import { formatBytes } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';

/** `binfarm bootstrap line`: what is typed on a machine that has nothing. */
export const command = defineCommand({
  changes: false,
  about:
    'The line fetches the executable that "binfarm bootstrap push" has published, compares its sha256, and only then runs it: it puts itself into the folder and has the folder believe the farm’s key. Publish the line where people trust what they read.',
  examples: [
    'binfarm bootstrap line https://nova.example.org/binhost',
    'binfarm bootstrap line --arch aarch64 --prefix /opt/nova',
  ],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('[binhost]', 'the binhost as those machines see it (default: the farm’s own)')
      .option('--arch <processor>', 'x86_64 or aarch64 (default: that of this machine)')
      .option('-p, --prefix <dir>', 'the folder there (default: the farm’s name in the home folder)'),
  run: ({ arguments: [location], options: { arch, prefix } }, context) =>
    describeBootstrap(
      {
        farm: context.farm(),
        ...(location === undefined ? {} : { location: resolveBinhost(context.io.folder, location) }),
        ...(arch === undefined ? {} : { arch }),
        ...(prefix === undefined ? {} : { prefix }),
      },
      context,
    ),
  text: ({ system, version, glibc, bytes, curl, wget, fingerprint }, style) =>
    [
      style.faint(`# binfarm ${version} for ${system} with glibc ${glibc} or newer (${formatBytes(bytes)})`),
      style.faint(`# farm's key: ${fingerprint}`),
      style.name(curl),
      ...(wget === curl ? [] : [style.faint('# or, without curl:'), style.name(wget)]),
    ].join('\n'),
});
