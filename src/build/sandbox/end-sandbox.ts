import { readdirSync, readFileSync } from 'node:fs';

/** Ends a sandbox with all that runs in it, at whatever moment. Bubblewrap's first process is stopped before its child is looked for and killed:
 * a child that still waits for its parent to set it up would wait for ever if only that one were killed. */
export function endSandbox(pid: number | undefined): void {
  if (pid === undefined || !send(pid, 'SIGSTOP')) return;
  for (let look = 0; look < 1000 && !/^[TtZX]?$/.test(stateOf(pid)); look += 1);
  for (const child of childrenOf(pid)) send(child, 'SIGKILL');
  send(pid, 'SIGKILL');
}

/** Ends the sandboxes below a folder of work that nobody watches any more, because their binfarm was killed while they began.
 * Only for whoever holds the lock that those builds were made under; a shell that somebody has open has its binfarm as parent and stays. */
export function endStraySandboxes(work: string): void {
  const own = readProc('self/comm');
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [program, ...words] = readProc(`${pid}/cmdline`).split('\0');
    if (program !== 'bwrap' || !words.some((word) => word.startsWith(`${work}/`))) continue;
    const parent = readProc(`${parentOf(pid)}/comm`);
    if (parent !== own && parent !== 'bwrap\n') endSandbox(Number(pid));
  }
}

/** False when there is no such process any more. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** One letter as in proc(5), empty when the process has ended. */
function stateOf(pid: number): string {
  return /\) (\S)/.exec(readProc(`${pid}/stat`))?.[1] ?? '';
}

function parentOf(pid: string): string {
  return /\) \S (\d+)/.exec(readProc(`${pid}/stat`))?.[1] ?? '';
}

function childrenOf(pid: number): number[] {
  return readProc(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** A file of /proc, empty when its process has ended or is somebody else's. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}
