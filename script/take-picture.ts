import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { screenToSvg } from './screen-to-svg.ts';

const [file = '', ...rest] = process.argv.slice(2);
const firstWord = rest.findIndex((word, index) => !word.startsWith('--') && !rest[index - 1]?.startsWith('--'));
const { values } = parseArgs({
  args: rest.slice(0, firstWord),
  options: {
    size: { type: 'string', default: '100x30' },
    when: { type: 'string' },
    after: { type: 'string', default: '0' },
  },
});
const command = rest.slice(firstWord);
const [columns, rows] = values.size.split('x').map(Number);
const session = `picture-${process.pid}`;
const inner = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

/** Runs tmux with a server of its own; undefined when it fails, as it does once the session is gone. */
function tmux(...argv: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('tmux', ['-L', session, ...argv], { encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}

// "read" keeps the screen until it has been captured
const shell = `${inner}; tmux -L ${session} set-option -g @ended yes; read -r _`;
const env = { ...process.env, TERM: 'xterm-256color', CI: '' };
const started = spawnSync(
  'tmux',
  [
    '-L',
    session,
    '-f',
    '/dev/null',
    'new-session',
    '-d',
    '-s',
    session,
    '-x',
    String(columns),
    '-y',
    String(rows),
    shell,
  ],
  { env },
);
if (started.status !== 0) throw new Error(`tmux cannot be started: ${started.stderr}`);
tmux('set-option', '-g', 'status', 'off');
for (;;) {
  if (tmux('display-message', '-p', '#{@ended}')?.trim() !== '') break; // undefined when the session is gone
  if (values.when !== undefined && tmux('capture-pane', '-p')?.includes(values.when)) {
    await sleep(Number(values.after) * 1000);
    break;
  }
  await sleep(200);
}
const screen = tmux('capture-pane', '-e', '-p') ?? '';
tmux('kill-server');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, screenToSvg(screen, columns!, `A terminal that runs ${command[0]}`));
console.log(file);
