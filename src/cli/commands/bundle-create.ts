import { createBundle } from '../../app/bundle/create-bundle.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { collect } from '../lock-options.ts';

/** `binfarm bundle create`: a release as one file. */
export const command = defineCommand({
  changes: true,
  about:
    'Writes the release, its packages, the farm’s public key and a binfarm into one file that sh runs: it needs no network, no binfarm and no Node. The same content gives the same bytes. It is also a binhost that can be read: binfarm install --from FILE.run.',
  examples: [
    'binfarm bundle create 2026.1',
    'binfarm bundle create latest --platform x86_64-debian12-gcc12-opt --output /media/usb/nova.run',
    'binfarm bundle create 2026.2 --since 2026.1',
  ],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax
      .argument('<release>', 'a release, or a channel for the release that it leads to')
      .option('--platform <platform>', 'only this platform; can be given several times', collect)
      .option('--since <release>', 'leave out the packages that this release has')
      .option('-o, --output <file>', 'the file (default: named after farm and release, in this folder)')
      .option('--origin <binhost>', 'where the farm’s releases are in the network, for later updates')
      .option('--without-binfarm', 'leave it to the machine to have a binfarm'),
  run: ({ arguments: [release], options, dryRun }, context) => {
    const { platform, since, output, origin, withoutBinfarm } = options;
    return createBundle(
      {
        farm: context.farm(),
        release,
        platforms: platform ?? [],
        ...(since === undefined ? {} : { since }),
        ...(origin === undefined ? {} : { origin }),
        ...(output === undefined ? {} : { output }),
        withBinfarm: withoutBinfarm !== true,
        folder: context.io.folder,
        dryRun,
      },
      context,
    );
  },
  text: ({ path, release, since, platforms, systems, packages, leftOut, fingerprints, bytes, digest }, style) => {
    const left = since === undefined ? '' : `, ${leftOut} left out that ${since} has`;
    const what = `release ${style.strong(release)} for ${platforms.join(', ')}: ${formatCount(packages, 'package')}${left}, binfarm for ${systems.join(', ') || 'no system'} (${formatBytes(bytes)})`;
    if (digest === undefined) return `Would write ${path} with ${what}`;
    return [
      `Wrote ${path} with ${what}`,
      `  sha256 ${digest.slice('sha256:'.length)}`,
      ...fingerprints.map((fingerprint) => `  key    ${fingerprint}`),
      `Install it anywhere: ${style.name(`sh ${path.replace(/^.*\//, '')} --prefix DIR`)}`,
    ].join('\n');
  },
});
