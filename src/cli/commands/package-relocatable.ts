import { type RelocatableVerdict, type RootCarriers, showRelocatable } from '../../app/package/show-relocatable.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { tableText } from '../render/table-text.ts';
import type { Style } from '../style.ts';

/** `binfarm package relocatable`: what can be installed at any path, and what cannot, and why. */
export const command = defineCommand({
  changes: false,
  about:
    'Tells of built packages whether they, and all that they need, can be installed at another path than the one that they were built for, and how many files carry it.',
  examples: ['binfarm package relocatable', 'binfarm package relocatable python'],
  settings: ['cache'],
  syntax: (syntax) => syntax.argument('[names...]', 'sets or packages; the whole stack without any'),
  run: ({ arguments: [names] }, context) => showRelocatable({ farm: context.farm(), names }, context),
  text: ({ packages, relocatableClosures, longestPath, notBuilt }, style) => {
    const share = packages.length === 0 ? 0 : Math.floor((100 * relocatableClosures) / packages.length);
    return [
      ...(packages.length === 0 ? [] : [tableText(packages.map((verdict) => rowOf(verdict, style)))]),
      ...packages.flatMap((verdict) => reasonsOf(verdict, style)),
      ...notBuilt.map((key) => style.warn(`${key} is not built`)),
      `${relocatableClosures} of ${formatCount(packages.length, 'closure')} (${share} %) can be installed at any path of at most ${longestPath} bytes.`,
    ].join('\n');
  },
  exitCode: ({ packages }) => (packages.every(({ closureRelocatable }) => closureRelocatable) ? 0 : 1),
});

function rowOf({ name, version, platform, carriers, closureRelocatable }: RelocatableVerdict, style: Style): string[] {
  const { text, binary, symlink } = carriers;
  const changed = [carrierText(text, 'text'), carrierText(binary, 'binary'), carrierText(symlink, 'link')].flat();
  return [
    closureRelocatable ? style.good('✓') : style.bad('✗'),
    name,
    version,
    changed.length === 0 ? 'nothing to change' : changed.join(', '),
    style.faint(platform),
  ];
}

function carrierText({ files, places }: RootCarriers, kind: string): string[] {
  if (files === 0) return [];
  const where = places === files ? '' : ` (${formatCount(places, 'place')})`;
  return [`${formatCount(files, `${kind} file`)}${where}`];
}

function reasonsOf({ name, version, reasons, heldBy }: RelocatableVerdict, style: Style): string[] {
  return [
    ...reasons.map(({ path, reason }) => `${style.bad('✗')} ${name} ${version}: ${path}: ${reason}`),
    ...heldBy.map((held) => `${style.bad('✗')} ${name} ${version}: it needs ${held}, which cannot be moved`),
  ];
}
