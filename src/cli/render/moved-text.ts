import type { MovedChannel } from '../../app/release/announce-release.ts';
import type { Style } from '../style.ts';

/** Says which channels moved, one line each. */
export function movedText(
  moves: readonly MovedChannel[],
  { dryRun, style }: { readonly dryRun: boolean; readonly style: Style },
): string {
  const lines = moves.map(({ channel, from, to, serial }) => {
    const origin = from === undefined ? 'is new and' : `was ${from} and`;
    return `${style.name(channel)} ${origin} ${dryRun ? 'would lead' : 'leads'} to ${style.strong(to)} ${style.faint(`(move ${serial})`)}`;
  });
  return lines.join('\n');
}
