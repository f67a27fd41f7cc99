import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildExecutable } from '../../script/build-executable.ts';
import { storeRootOf } from '../../src/model/store-root.ts';
import { type CorpusPackage, makeCorpus } from './make-corpus.ts';

/** What benchmarks on the corpus begin with. */
export interface CorpusBench {
  /** A folder for all that the benchmark makes; it removes it at its end. */
  readonly top: string;
  /** The root that the packages are built for. */
  readonly root: string;
  readonly runs: number;
  /** Of zstd. */
  readonly level: number;
  readonly corpus: readonly CorpusPackage[];
  readonly files: number;
  readonly bytes: number;
  /** binfarm as users at sites have it. */
  readonly executable: string;
  /** binfarm as it is run in a checkout. */
  readonly checkout: string;
}

/** Reads `--runs`, `--folder` and `--level`, builds the executable, cuts the corpus and says how large it is. */
export async function openCorpusBench(): Promise<CorpusBench> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '5' },
      folder: { type: 'string', default: '/tmp' },
      level: { type: 'string', default: '6' },
    },
  });
  const runs = Number(values.runs);
  const level = Number(values.level);
  const { path: executable } = await buildExecutable();
  const top = mkdtempSync(join(values.folder, 'bi-'));
  const root = storeRootOf(64);
  const corpus = makeCorpus(join(top, 'corpus'), root);
  const files = corpus.reduce((sum, item) => sum + item.files, 0);
  const bytes = corpus.reduce((sum, item) => sum + item.bytes, 0);
  console.log(
    `${corpus.length} packages, ${files} files, ${Math.round(bytes / 1e6)} MB, zstd level ${level}, median of ${runs} runs`,
  );
  const checkout = join(import.meta.dirname, '../../bin/binfarm');
  return { top, root, runs, level, corpus, files, bytes, executable, checkout };
}
