import type { CommandEntry } from './command-table.ts';

/** The page that `binfarm --help` shows: commands under their headings. */
export function formatHelp(entries: readonly CommandEntry[]): string {
  const width = Math.max(...entries.map(({ name }) => name.length));
  const sections = [...Map.groupBy(entries, ({ group }) => group)].map(([group, members]) => {
    const lines = members.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
    return `${group}:\n${lines.join('\n')}\n`;
  });
  return [
    'Usage: binfarm <command> [arguments] [options]\n',
    ...sections,
    'Every command takes --help, --json, --quiet, --verbose, --no-color, --farm <dir> and --events <file>.',
    'Exit codes: 0 done, 1 cannot be met, 2 usage, 3 something outside failed, 70 a bug.\n',
  ].join('\n');
}
