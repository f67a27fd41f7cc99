import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installRelease } from '../../src/app/release/install-release.ts';
import { createKey } from '../../src/package/sign/key-file.ts';
import { startFileServer } from '../fakes/file-server.ts';
import type { FuzzCase, FuzzVerdict } from './fuzz-case.ts';
import { type FuzzScene, makeScene, shipFarm } from './fuzz-scene.ts';
import { makeCase } from './make-case.ts';
import { makeRawBinhost, sampleFarm } from './sample-farm.ts';
import { snapshotOf } from './snapshot.ts';

/** What became of one case. */
export interface FuzzResult extends FuzzVerdict {
  readonly seed: number;
  readonly says: string;
}

/** Longer than any honest answer takes (s). */
const hangSeconds = 30;

/** What a process may take for whatever it is given (bytes). */
export const mostMemory = 300e6;

/** A process that has judged so many cases has memory of its own that it does not give back. */
const casesPerJudge = 50;

/** Makes the cases of some seeds, one after the other, and has each tried by another process. */
export async function runFuzz(seeds: Iterable<number>, told: (result: FuzzResult) => void): Promise<void> {
  // thousands of installations, each of which has all of its file system reach the disk: in memory that is nothing
  const folder = realpathSync(mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'fuzz-')));
  await using server = await startBinhostServer(join(folder, 'case/binhost'));
  try {
    const scene = { ...(await prepare(folder)), url: server.url };
    const judge = createJudge();
    for (const seed of seeds) {
      const item = await makeCase(scene, seed);
      const first = await judge(item);
      // again, in a process that has judged nothing before
      const verdict = first.peakBytes > mostMemory ? await judge(await makeCase(scene, seed), 'fresh') : first;
      told({ seed, says: item.says, ...verdict });
    }
    await judge(undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes the scene: canaries, keys, an honest area to compare with and to damage. */
async function prepare(folder: string): Promise<Omit<FuzzScene, 'url'>> {
  mkdirSync(join(folder, 'canary/folder'), { recursive: true });
  writeFileSync(join(folder, 'canary/file'), 'alive');
  writeFileSync(join(folder, 'canary/folder/file'), 'alive');
  const key = await createKey(join(folder, 'farm.key'));
  const scene = await makeScene(folder, key);
  mkdirSync(join(folder, 'case'));
  const binhost = makeRawBinhost(join(folder, 'case/binhost'));
  shipFarm(binhost, [{ manifest: scene.alpha.manifest, blob: scene.honest.blob }, scene.beta], key);
  await installHonest(folder, ['alpha']);
  await installHonest(folder, []);
  const area = join(folder, 'case/area');
  mkdirSync(join(folder, 'reference/store'), { recursive: true });
  for (const name of readdirSync(join(area, 'store')))
    writeFileSync(
      join(folder, 'reference/store', `${name.split('-')[0]}.txt`),
      snapshotOf(join(area, 'store', name)).join('\n'),
    );
  cpSync(area, join(folder, 'area-template'), { recursive: true, verbatimSymlinks: true });
  return scene;
}

async function installHonest(folder: string, names: readonly string[]): Promise<void> {
  const context = { emit: () => {}, signal: new AbortController().signal, settingSources: {} as never };
  const request = {
    ...{ prefix: join(folder, 'case/area'), from: join(folder, 'case/binhost'), farm: sampleFarm.farm, names },
    ...{ release: sampleFarm.channel, key: join(folder, 'farm.key.pub'), now: Date.now(), wait: false, dryRun: false },
  };
  await installRelease(request, context);
}

/** Sends the files of a binhost, as plainly as a web server can. */
async function startBinhostServer(root: string) {
  return await startFileServer(async (request, response) => {
    const path = join(root, decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
    const facts = await stat(path).catch(() => undefined);
    if (!path.startsWith(root) || !facts?.isFile()) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': facts.size });
    if (request.method === 'HEAD') response.end();
    else if (facts.size < 1 << 26) response.end(await readFile(path));
    else response.destroy();
  });
}

/** Judges cases by processes that are replaced when they hang, or have done enough. */
function createJudge() {
  let judge = startJudge();
  let judged = 0;
  const replace = () => {
    judge.stop();
    judge = startJudge();
    judged = 0;
  };
  return async (item: FuzzCase | undefined, how: 'fresh' | 'used' = 'used'): Promise<FuzzVerdict> => {
    if (item === undefined) {
      judge.stop();
      return { outcomes: [], peakBytes: 0 };
    }
    if (how === 'fresh' || judged >= casesPerJudge) replace();
    judged += 1;
    const verdict = await judge.judge({ ...item, isMeasured: how === 'fresh' });
    if (verdict.outcomes.some(({ result }) => result === 'hung')) replace();
    return verdict;
  };
}

function startJudge() {
  const program = join(import.meta.dirname, 'judge-process.ts');
  const child = spawn(process.execPath, ['--expose-gc', program], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-3000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const judge = async (item: FuzzCase): Promise<FuzzVerdict> => {
    child.stdin.write(`${JSON.stringify(item)}\n`);
    const answer = await Promise.race([
      lines.next(),
      new Promise<'late'>((resolve) => setTimeout(resolve, hangSeconds * 1000, 'late').unref()),
    ]);
    if (answer === 'late') return { peakBytes: 0, outcomes: [{ attempt: item.attempts.join(), result: 'hung' }] };
    if (answer.done)
      return { peakBytes: 0, outcomes: [{ attempt: item.attempts.join(), result: 'hung', message: said }] };
    return JSON.parse(answer.value) as FuzzVerdict;
  };
  return { judge, stop: () => void child.kill('SIGKILL') };
}

/** True for an attempt that did what nothing hostile may bring about. */
export function isBad({ result }: FuzzVerdict['outcomes'][number]): boolean {
  return result !== 'refused' && result !== 'harmless';
}
