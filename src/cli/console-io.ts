import type { Writable } from 'node:stream';
import type { Environment } from '../core/settings.ts';

/** A stream that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

/** All that the command line takes from the process it runs in. */
export interface ConsoleIo {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly environment: Environment;
  /** The folder that relative paths are relative to. */
  readonly folder: string;
}

/** Writes a text, or bytes, and waits until it has left the process; a reader that has gone away is no error. */
export async function writeOut(stream: Writable, text: string | Uint8Array): Promise<void> {
  if (text.length === 0) return;
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (error == null || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve();
      else reject(error);
    });
  });
}

/** Keeps a reader that goes away (`binfarm list | head -1`) from ending the program. */
export function ignoreClosedReaders(io: ConsoleIo): void {
  for (const stream of [io.stdout, io.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
