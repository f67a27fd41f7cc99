import { diffReleases } from '../../app/release/list-releases.ts';
import { defineCommand } from '../command.ts';

/** `binfarm release diff`: what differs between two releases. */
export const command = defineCommand({
  changes: false,
  examples: ['binfarm release diff 2025.2 latest'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax.argument('<before>', 'a release or a channel').argument('<after>', 'a release or a channel'),
  run: ({ arguments: [before, after] }, context) => diffReleases({ farm: context.farm(), before, after }, context),
  text: ({ added, removed, updated }, style) => {
    const lines = [
      ...added.map(({ platform, name, after }) => style.good(`+ ${name} ${after}  ${platform}`)),
      ...removed.map(({ platform, name, before }) => style.bad(`- ${name} ${before}  ${platform}`)),
      ...updated.map(({ platform, name, before, after }) => `~ ${name} ${before} → ${after}  ${style.faint(platform)}`),
    ];
    return lines.length === 0 ? 'No difference.' : lines.join('\n');
  },
});
