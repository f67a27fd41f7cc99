import { closeSync, constants, openSync, read, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FarmError } from '../core/farm-error.ts';
import { runProcess } from '../core/run-process.ts';

/** One pool of job slots for all builds and for every make below them (GNU make's jobserver protocol: a pipe with one byte a slot). */
export interface Jobserver {
  /** To be handed to builds as descriptors 3 and 4. */
  readonly descriptor: number;
  /** What `MAKEFLAGS` must say for make to take part. */
  readonly makeFlags: string;
  /** A build begins: it has a slot of its own at once, which is withdrawn from the pool as soon as one there is free. So no build waits behind
   * another's endless queue of compilers, and no more run than there are slots but for as long as the compilers take that run already. */
  readonly enter: () => void;
  /** A build has ended: its slot goes back to the pool. */
  readonly leave: () => void;
  readonly close: () => Promise<void>;
}

/** Opens a pool of `slots` job slots; at most as many builds may be in it at a time. */
export async function openJobserver(slots: number): Promise<Jobserver> {
  const folder = await mkdtemp(join(tmpdir(), 'binfarm-jobs-'));
  const path = join(folder, 'slots');
  const made = await runProcess(['mkfifo', path]);
  if (made.exitCode !== 0)
    throw new FarmError('PERMISSION_DENIED', `Cannot make a pipe in "${folder}": ${made.stderr.trim()}`);
  const descriptor = openSync(path, constants.O_RDWR);
  const own = openSync(path, constants.O_RDWR); // make turns waiting off on the descriptor that it shares; this one keeps waiting
  await rm(folder, { recursive: true }); // the open descriptors are all that is needed
  writeSync(descriptor, '+'.repeat(slots));
  let withdrawn = Promise.resolve();
  let entered = 0;
  const putBack = () => void writeSync(own, '+');
  return {
    descriptor,
    makeFlags: ' -j --jobserver-auth=3,4',
    enter: () => {
      entered += 1;
      // one reader at a time: a read waits in a thread of the pool, of which there are few
      withdrawn = withdrawn.then(() => readByte(own));
    },
    leave: () => {
      entered -= 1;
      putBack();
    },
    close: async () => {
      for (; entered > 0; entered -= 1) putBack(); // frees a reader that still waits
      await withdrawn;
      closeSync(own);
      closeSync(descriptor);
    },
  };
}

function readByte(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    read(descriptor, Buffer.alloc(1), 0, 1, null, (error) => (error ? reject(error) : resolve()));
  });
}
