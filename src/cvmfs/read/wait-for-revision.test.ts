import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fakeKeyFile, fakeName, fakeTree, makeFakeRepository } from '../../../test/fakes/cvmfs-repository.ts';
import { startFileServer } from '../../../test/fakes/file-server.ts';
import type { ReadContext } from './read-context.ts';
import type { ReadingEvent } from './reading-events.ts';
import { answerRequest } from './serve/answer-request.ts';
import { readMasterKeys } from './trust/read-master-keys.ts';
import { waitForRevision } from './wait-for-revision.ts';

const top = mkdtempSync(join(tmpdir(), 'binfarm-test-'));
const folder = join(top, 'repository');
makeFakeRepository(folder, fakeTree);
after(() => rmSync(top, { recursive: true }));
const keys = await readMasterKeys([fakeKeyFile]);

const request = { folder: '/', keys, now: Date.UTC(2026, 0, 1) };

function listener(): ReadContext & { readonly events: ReadingEvent[] } {
  const events: ReadingEvent[] = [];
  return { events, emit: (event) => events.push(event), firstPause: 0.001 };
}

test('waiting ends when a revision is shown, verified, or when the time is over', async () => {
  const next = join(top, 'next');
  makeFakeRepository(next, fakeTree, { revision: 9 });
  let shown = folder;
  await using server = await startFileServer(async (question, response) => {
    await answerRequest([{ name: fakeName, folder: shown }], question, response);
  });
  const wait = { ...request, location: server.url, everySeconds: 0.01, timeoutSeconds: 10 };
  assert.equal((await waitForRevision({ ...wait, revision: 7 }, listener())).revision, 7);
  const context = listener();
  const waiting = waitForRevision(
    { ...wait, revision: 8 },
    {
      ...context,
      emit: (event) => {
        context.emit(event);
        shown = next;
      },
    },
  );
  const { name, revision } = await waiting;
  assert.deepEqual({ name, revision }, { name: fakeName, revision: 9 });
  assert.ok(context.events.some(({ type }) => type === 'repository.polled'));
  await assert.rejects(waitForRevision({ ...wait, revision: 10, timeoutSeconds: 0.05 }, listener()), {
    code: 'CVMFS_UNAVAILABLE',
    message: /it shows revision 9/,
  });
  await assert.rejects(waitForRevision({ ...wait, revision: 9, name: 'other.example.org' }, listener()), {
    code: 'CVMFS_INVALID',
  });
});

test('a wait that is stopped ends at once', async () => {
  const stop = new AbortController();
  const emit = () => stop.abort();
  const wait = { ...request, location: folder, everySeconds: 60, timeoutSeconds: 600, revision: 8 };
  await assert.rejects(waitForRevision(wait, { emit, signal: stop.signal }), { name: 'AbortError' });
});
