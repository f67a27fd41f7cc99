import { readFileSync } from 'node:fs';

/** The memory of a process and all below it, sampled while it runs. */
export interface ProcessTreeWatch {
  /** The largest sum seen, in bytes. */
  readonly peakBytes: () => number;
  readonly stop: () => void;
}

const pageSize = 4096;
const periodMilliseconds = 250;

/** Watches the resident memory of a process tree; what lives shorter than a quarter of a second may go unseen. */
export function watchProcessTree(pid: number | undefined): ProcessTreeWatch {
  let peak = 0;
  const sample = () => {
    if (pid !== undefined) peak = Math.max(peak, residentBytesOf(pid));
  };
  const timer = setInterval(sample, periodMilliseconds);
  timer.unref();
  sample();
  return { peakBytes: () => peak, stop: () => clearInterval(timer) };
}

function residentBytesOf(top: number): number {
  let sum = 0;
  const queue = [top];
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    sum += Number(readProc(`${pid}/statm`).split(' ')[1] ?? 0) * pageSize;
    const children = readProc(`${pid}/task/${pid}/children`);
    queue.push(...children.split(' ').filter(Boolean).map(Number));
  }
  return sum;
}

/** A file of /proc, empty when its process has ended. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8');
  } catch {
    return '';
  }
}
