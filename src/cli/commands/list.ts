import { type AreaListing, listArea } from '../../app/area/list-area.ts';
import { formatCount } from '../../core/format-quantity.ts';
import { defineCommand } from '../command.ts';
import { findArea } from '../find-area.ts';
import { tableText } from '../render/table-text.ts';
import type { Style } from '../style.ts';

/** `binfarm list`: what an area holds; needs no farm. */
export const command = defineCommand({
  changes: false,
  examples: ['binfarm list ~/nova'],
  syntax: (syntax) => syntax.argument('[area]', 'the folder (default: the one whose setup.sh was read)'),
  run: ({ arguments: [area] }, { io }) => listArea({ prefix: findArea(area, io) }),
  text: (value, style) =>
    [
      `${style.strong(value.area)} of the farm ${value.farm}${describeActive(value)}`,
      tableText(value.packages.map((item) => packageRow(item, style))),
      `${formatCount(value.packages.length, 'package')}; generations: ${value.generations.join(', ') || 'none'}.`,
      ...describeInsecure(value, style),
    ].join('\n'),
});

/** What was installed with --insecure is told for as long as it is there. */
function describeInsecure({ packages }: AreaListing, style: Style): string[] {
  const insecure = packages.filter((item) => item.insecure === true);
  if (insecure.length === 0) return [];
  const used = insecure.filter(({ active }) => active).length;
  const count = formatCount(insecure.length, 'package was', 'packages were');
  return [`${style.bad('NOT VERIFIED:')} ${count} installed with --insecure, ${used} of them in use.`];
}

function describeActive({ active }: AreaListing): string {
  return active === undefined ? ', nothing in use' : `, generation ${active.number}, ${active.platform}`;
}

function packageRow(item: AreaListing['packages'][number], style: Style): string[] {
  const use = item.asked ? 'asked for' : 'needed by others';
  return [
    item.active ? style.good('  *') : '   ',
    item.name,
    item.version,
    item.active ? style.faint(use) : style.faint('not in use'),
    item.insecure === true ? style.bad('not verified') : '',
  ];
}
