import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, test } from 'node:test';
import type { ConsoleIo } from '../console-io.ts';
import type { CliEvent } from './cli-event.ts';
import { openRenderer } from './open-renderer.ts';

const folder = mkdtempSync(join(tmpdir(), 'open-renderer-'));
after(() => rmSync(folder, { recursive: true }));

const events: CliEvent[] = [
  { type: 'build.started', key: 'zlib', name: 'zlib', version: '1.2.13', platform: 'x86_64-debian12-gcc12-opt' },
  { type: 'build.output', key: 'zlib', line: 'gcc -c inflate.c' },
  { type: 'build.finished', key: 'zlib', seconds: 6.2, cpuSeconds: 5.1, peakBytes: 56_000_000 },
];

function openIo({ isTTY = false, environment = {} }: { isTTY?: boolean; environment?: Record<string, string> } = {}) {
  const stdout = new PassThrough();
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 80, rows: 24 });
  const io: ConsoleIo = { stdout, stderr, environment, folder };
  return { io, written: (name: 'stdout' | 'stderr') => String({ stdout, stderr }[name].read() ?? '') };
}

async function render(options: Parameters<typeof openRenderer>[1], io: ConsoleIo) {
  const renderer = openRenderer(io, options);
  for (const event of events) renderer.emit(event);
  await renderer.close();
  return renderer;
}

test('without a terminal each event of interest is a line with its seconds', async () => {
  const { io, written } = openIo();
  await render({ color: true }, io);
  assert.match(
    written('stderr'),
    /^\[ +0\.0 s\] {3}zlib 1\.2\.13 {2}started\n\[ +0\.0 s\] ✓ zlib 1\.2\.13 {2}built in 6\.2 s, 56\.0 MB of memory\n$/,
  );
});

test('--verbose adds the output of builds, --quiet takes all away', async () => {
  const verbose = openIo();
  await render({ color: true, verbose: true }, verbose.io);
  assert.match(verbose.written('stderr'), /gcc -c inflate\.c/);
  const quiet = openIo();
  await render({ color: true, quiet: true }, quiet.io);
  assert.equal(quiet.written('stderr'), '');
});

test('on a terminal the cursor is there again at the end, and what ended stays', async () => {
  const { io, written } = openIo({ isTTY: true, environment: { NO_COLOR: '1' } });
  const renderer = openRenderer(io, { color: true });
  renderer.emit(events[0]!);
  await new Promise((resolve) => setTimeout(resolve, 250));
  renderer.emit(events[2]!);
  await renderer.close();
  const text = written('stderr');
  assert.ok(text.includes('\x1b[?25l'), 'hidden while it draws');
  assert.ok(text.endsWith('\x1b[?25h'), 'shown at the end');
  assert.match(text, /zlib 1\.2\.13 {2}built in 6\.2 s/);
});

test('in CI a terminal gets lines, not redrawing', async () => {
  const { io, written } = openIo({ isTTY: true, environment: { CI: 'true', NO_COLOR: '1' } });
  await render({ color: true }, io);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(written('stderr'), /\u001b/);
});

test('--events writes every event as a line of JSON', async () => {
  const { io } = openIo();
  await render({ color: true, quiet: true, events: 'events.ndjson' }, io);
  const lines = readFileSync(join(folder, 'events.ndjson'), 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    events,
  );
});

test('--events - puts events and, last, the result on stdout', async () => {
  const { io, written } = openIo();
  const renderer = await render({ color: true, quiet: true, events: '-' }, io);
  await renderer.takeResult({ built: 1 });
  const lines = written('stdout').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [...events, { type: 'command.finished', value: { built: 1 } }],
  );
});
