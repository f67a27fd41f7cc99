import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { colourStyle, plainStyle } from '../style.ts';
import { drawProgress } from './draw-progress.ts';
import type { EventReading } from './event-reading.ts';
import { advanceProgress, emptyProgress, remainingSeconds } from './progress.ts';

function after(readings: readonly (readonly [number, EventReading])[]) {
  return readings.reduce(
    (progress, [second, reading]) => advanceProgress(progress, reading, second * 1000),
    emptyProgress(0),
  );
}

const twoBuilds = after([
  [0, { does: 'expect', items: 11, seconds: 100 }],
  [0, { does: 'start', item: 'bzip2', title: 'bzip2 1.0.8', seconds: 25, counts: true }],
  [25, { does: 'end', item: 'bzip2', verdict: 'done', line: 'built', counts: true }],
  [25, { does: 'start', item: 'zlib', title: 'zlib 1.2.13', seconds: 50, counts: true }],
  [30, { does: 'phase', item: 'zlib', phase: 'build' }],
  [31, { does: 'output', item: 'zlib', line: '\x1b[31mgcc\x1b[0m -c inflate.c' }],
  [40, { does: 'start', item: 'hepmc3.tar.gz', title: 'hepmc3.tar.gz', counts: false }],
  [42, { does: 'progress', item: 'hepmc3.tar.gz', bytes: 4_000_000, total: 8_000_000 }],
]);

test('each item is a line, and the whole is the last one', () => {
  assert.deepEqual(drawProgress(twoBuilds, 50_000, { width: 78, height: 10, style: plainStyle }), [
    '  zlib 1.2.13    build          25 s  gcc -c inflate.c',
    '  hepmc3.tar.gz                 10 s 4.0 MB of 8.0 MB, 400 kB/s',
    '1 of 11 done · 2 running · 50 s · about 50 s left',
  ]);
});

test('the time that is left follows the estimates and how they have held', () => {
  assert.equal(remainingSeconds(twoBuilds, 50_000), 50); // 25 + 25 of 100 estimated seconds took 50
  assert.equal(remainingSeconds(emptyProgress(0), 1000), undefined);
});

test('what does not fit into the height is counted', () => {
  const readings = Array.from({ length: 9 }, (_, index): readonly [number, EventReading] => {
    return [0, { does: 'start', item: `p${index}`, title: `p${index}`, counts: true }];
  });
  const lines = drawProgress(after(readings), 0, { width: 40, height: 5, style: plainStyle });
  assert.equal(lines.length, 4);
  assert.equal(lines.at(-1), '  and 6 more');
});

test('no line is wider than the terminal, and none carries control characters of foreign output', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      fc.integer({ min: 1, max: 200 }),
      (title, line, width) => {
        const progress = after([
          [0, { does: 'start', item: 'p', title, counts: true }],
          [0, { does: 'output', item: 'p', line }],
        ]);
        for (const drawn of drawProgress(progress, 1000, { width, height: 10, style: colourStyle })) {
          const visible = stripVTControlCharacters(drawn);
          assert.ok([...visible].length <= width, `${[...visible].length} > ${width}`);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
          assert.doesNotMatch(visible, /[\u0000-\u001f\u007f-\u009f]/);
        }
      },
    ),
  );
});
