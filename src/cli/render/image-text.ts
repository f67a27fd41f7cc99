import type { BuiltImage, PlacedImage } from '../../app/image/build-image.ts';
import type { LayerReport, PlatformReport } from '../../app/image/describe-image.ts';
import { formatBytes, formatCount } from '../../core/format-quantity.ts';
import type { Style } from '../style.ts';
import { tableText } from './table-text.ts';

/** How many of the largest packages a report has. */
const mostPackages = 10;

/** How an image that was built reads. */
export function builtImageText(value: BuiltImage & { readonly dryRun: boolean }, style: Style): string {
  const { image, release, platforms, places, dryRun } = value;
  const sizes = platforms.flatMap((platform) => [
    `${style.strong(`${image}:${platform.tags[0]}`)} for ${platform.platform}: ${sizeLine(platform)}`,
    `  ${style.faint(platform.digest)}`,
    ...packageLines(platform, style),
    ...fetchLines(platform),
  ]);
  const where = places.map((place) => placeLine(place, style));
  const head = `${dryRun ? 'Would make' : 'Made'} ${image} of release ${style.strong(release)}`;
  return [head, ...sizes, ...where].join('\n');
}

function sizeLine({ layers, size, form, base }: PlatformReport): string {
  const kind = form === 'thin' ? ', thin' : '';
  return `${formatCount(layers.length, 'layer')}, ${formatBytes(size)}${kind}, on ${base.name}`;
}

function packageLines({ packages }: PlatformReport, style: Style): readonly string[] {
  if (packages.length === 0) return [];
  const rows = packages
    .slice(0, mostPackages)
    .map(({ name, version, size, unpacked }) => [
      `  ${style.name(name)}`,
      version,
      formatBytes(size),
      `${formatBytes(unpacked)} unpacked`,
    ]);
  const rest = packages.slice(mostPackages);
  const more =
    rest.length === 0 ? [] : [`  and ${formatCount(rest.length, 'smaller package')}, ${formatBytes(sumOf(rest))}`];
  return [tableText(rows, { right: [2, 3] }), ...more];
}

function sumOf(items: readonly { readonly size: number }[]): number {
  return items.reduce((sum, { size }) => sum + size, 0);
}

function fetchLines({ fetched }: PlatformReport): readonly string[] {
  if (fetched === undefined) return [];
  const { changed, above } = fetched;
  const podman = `${formatCount(changed.layers, 'layer')}, ${formatBytes(changed.bytes)}`;
  const docker = `${formatCount(above.layers, 'layer')}, ${formatBytes(above.bytes)}`;
  return [`  who has the one before fetches ${podman} (Docker without containerd's store: ${docker})`];
}

function placeLine({ location, kept, mounted, written, bytes }: PlacedImage, style: Style): string {
  const parts = [
    ...(kept > 0 ? [`${kept} there already`] : []),
    ...(mounted > 0 ? [`${mounted} from other repositories of the registry`] : []),
    `${written} written (${formatBytes(bytes)})`,
  ];
  return `In ${style.name(location)}: layers ${parts.join(', ')}`;
}

/** How the layers of an image that is planned read: the uppermost last, as they are stacked. */
export function imagePlanText({ image, release, platforms }: BuiltImage, style: Style): string {
  return platforms
    .flatMap((platform) => [
      `${style.strong(`${image}:${platform.tags[0]}`)} of release ${release} for ${platform.platform}: ${sizeLine(platform)}`,
      tableText(
        platform.layers.map((layer, index) => layerRow(layer, index, style)),
        { right: [0, 2] },
      ),
      ...fetchLines(platform),
    ])
    .join('\n');
}

/** A layer as a row of a table. */
export function layerRow(
  { kind, size, title, digest, isNew }: LayerReport,
  index: number,
  style: Style,
): readonly string[] {
  const name = title.length > 70 ? `${title.slice(0, 67)}...` : title;
  return [
    String(index + 1),
    kind,
    formatBytes(size),
    isNew ? style.warn('new') : 'same',
    style.faint(digest.slice(7, 19)),
    name,
  ];
}
