import { Option } from '@commander-js/extra-typings';
import type { ImageSelection } from '../app/image/compose-images.ts';
import { parseBytes } from '../model/publish.ts';
import type { BareSyntax } from './command.ts';
import { collect } from './lock-options.ts';
import { countArgument } from './read-count.ts';

/** Where images are looked for. */
export function atOption() {
  return new Option(
    '--at <place>',
    'a layout (oci:DIR) or a registry (oci://host/path) (default: where binfarm.yaml puts images)',
  );
}

/** Declares what `image build` and `image plan` are told. */
export function withImageOptions(syntax: BareSyntax) {
  return syntax
    .argument('[image]', 'its name in binfarm.yaml (default: the only one)')
    .option('--release <release>', 'a release, or a channel for the release that it leads to', 'latest')
    .option('--platform <platform>', 'only this platform; can be given several times', collect)
    .option(
      '--to <place>',
      'oci:DIR, FILE.tar or oci://host/path; can be given several times (default: ./images)',
      collect,
    )
    .option('--thin', 'only the image that leaves the packages in CVMFS')
    .option('--fat', 'only the image that has the packages')
    .option('--tag <tag>', 'a tag in place of the release’s name')
    .option('--max-layers <n>', 'at most so many layers, the base’s too (default: 100)', countArgument)
    .option('--max-size <size>', 'fail when the layers have more bytes: 500MB, 2GB')
    .option('--update-base', 'take what the base’s name leads to now, not what images.lock says')
    .option('--fresh', 'plan the layers as if there had been no image before');
}

/** What the options of `withImageOptions` are. */
export interface ImageOptions {
  readonly release: string;
  readonly platform?: readonly string[] | undefined;
  readonly to?: readonly string[] | undefined;
  readonly thin?: true | undefined;
  readonly fat?: true | undefined;
  readonly tag?: string | undefined;
  readonly maxLayers?: number | undefined;
  readonly maxSize?: string | undefined;
  readonly updateBase?: true | undefined;
  readonly fresh?: true | undefined;
}

/** What the options select. */
export function imageSelectionOf(name: string | undefined, options: ImageOptions): ImageSelection {
  const { release, platform, thin, fat, tag, maxLayers, maxSize, updateBase, fresh } = options;
  const forms = [...(fat ? ['fat' as const] : []), ...(thin ? ['thin' as const] : [])];
  return {
    release,
    platforms: platform ?? [],
    updateBase: updateBase ?? false,
    fresh: fresh ?? false,
    ...(name === undefined ? {} : { name }),
    ...(forms.length === 0 ? {} : { forms }),
    ...(tag === undefined ? {} : { tag }),
    ...(maxLayers === undefined ? {} : { maxLayers }),
    ...(maxSize === undefined ? {} : { maxSize: parseBytes(maxSize) }),
  };
}
