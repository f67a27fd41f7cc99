import type { InstallResult } from '../../app/area/install-contents.ts';
import { formatBytes, formatCount, formatSeconds } from '../../core/format-quantity.ts';
import type { Style } from '../style.ts';

/** Says what an installation did, or would do. */
export function installText(
  value: InstallResult & { readonly release?: string; readonly reason?: string },
  style: Style,
): string {
  const { release, reason, platform } = value;
  const about =
    release === undefined
      ? []
      : [`Release ${style.strong(release)}, ${platform}${reason === undefined ? '' : style.faint(` (${reason})`)}.`];
  return [...about, value.generation === undefined ? dryRunText(value) : resultText(value, style)].join('\n');
}

function dryRunText({ area, platform, unpacked, kept, bytes }: InstallResult): string {
  return [
    `Would unpack ${formatCount(unpacked.length, 'package')} of ${platform} (${formatBytes(bytes)}) into ${area}:`,
    ...unpacked.map((name) => `  ${name}`),
    ...(kept.length > 0 ? [`${formatCount(kept.length, 'package is', 'packages are')} there already.`] : []),
  ].join('\n');
}

function resultText(
  { area, unpacked, kept, generation, switched, bytes, seconds }: InstallResult,
  style: Style,
): string {
  if (!switched) {
    const inUse = `${formatCount(unpacked.length + kept.length, 'package is', 'packages are')} in use in ${area} (generation ${generation}).`;
    return unpacked.length === 0
      ? `Nothing to do: ${inUse}`
      : `${formatCount(unpacked.length, 'package')} written anew; ${inUse}`;
  }
  return [
    `${formatCount(unpacked.length, 'package')} installed (${formatBytes(bytes)}), ${kept.length} kept, in ${formatSeconds(seconds)}: ${area}, generation ${generation}.`,
    `Use it: ${style.name(`. ${area}/setup.sh`)}`,
  ].join('\n');
}
