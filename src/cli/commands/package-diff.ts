import { type ComparedPackages, comparePackages } from '../../app/package/compare-packages.ts';
import { defineCommand } from '../command.ts';
import type { Style } from '../style.ts';

type Difference = ComparedPackages['entries'][number];

/** `binfarm package diff`: why two packages are not the same. */
export const command = defineCommand({
  changes: false,
  about:
    'Compares two packages file by file and says where each difference begins; with two builds of one package, why it is not reproducible. Both are verified on the way. A package is a path, or a name in a store.',
  examples: ['binfarm package diff zlib-1.2.13 ./package.tar.zst'],
  settings: ['cache'],
  syntax: (syntax) => syntax.argument('<before>', 'a package').argument('<after>', 'a package'),
  run: ({ arguments: [from, to] }, context) => comparePackages({ farm: () => context.farm(), from, to }, context),
  text: ({ metadata, entries }, style) => {
    const lines = [
      ...metadata.map((part) => `~ metadata: ${part}`),
      ...entries.map((difference) => differenceText(difference, style)),
    ];
    return lines.length === 0 ? 'No difference.' : lines.join('\n');
  },
  exitCode: ({ metadata, entries }) => (metadata.length + entries.length === 0 ? 0 : 1),
});

function differenceText(difference: Difference, style: Style): string {
  const { path } = difference;
  switch (difference.change) {
    case 'added':
      return style.good(`+ ${path}`);
    case 'removed':
      return style.bad(`- ${path}`);
    case 'content': {
      const section = difference.section === undefined ? '' : `, in section ${difference.section}`;
      const sizes =
        difference.fromSize === difference.toSize ? '' : `, ${difference.fromSize} → ${difference.toSize} bytes`;
      return `~ ${path}: from byte ${difference.offset} on${section}${sizes}`;
    }
    case 'mode':
    case 'target':
    case 'type':
      return `~ ${path}: ${difference.change} ${difference.from} → ${difference.to}`;
  }
}
