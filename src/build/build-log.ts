import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { translateFileError } from '../core/translate-file-error.ts';

/** The log of one build: every line of output with the seconds since the build began. */
export interface BuildLog {
  readonly path: string;
  readonly write: (line: string) => void;
  /** The lines since the last `mark`, at most the newest 20,000. */
  readonly linesSinceMark: () => readonly string[];
  readonly mark: () => void;
  readonly close: () => Promise<void>;
}

const kept = 20_000;

/** Opens a log; an existing file is written anew.
 * @throws DISK_FULL, PERMISSION_DENIED; from `close` too */
export async function openBuildLog(path: string): Promise<BuildLog> {
  const stream: WriteStream = createWriteStream(path);
  await once(stream, 'open').catch((error: unknown) => {
    throw translateFileError(error, 'write', path);
  });
  let failure: unknown;
  stream.on('error', (error) => {
    failure = error; // a full disk ends the log, not binfarm; close() reports it
  });
  const start = performance.now();
  let recent: string[] = [];
  return {
    path,
    write: (line) => {
      const seconds = ((performance.now() - start) / 1000).toFixed(3).padStart(9);
      stream.write(`${seconds} ${line}\n`);
      recent.push(line);
      if (recent.length > 2 * kept) recent = recent.slice(-kept);
    },
    linesSinceMark: () => recent.slice(-kept),
    mark: () => {
      recent = [];
    },
    close: async () => {
      stream.end();
      if (failure === undefined) await once(stream, 'close');
      if (failure !== undefined) throw translateFileError(failure, 'write', path);
    },
  };
}
