import { formatBytes } from '../../../core/format-quantity.ts';
import { type AddressProblem, problemOfStatus } from './address-problem.ts';

/** What a server's answer to a request for a file is good for: `whole` from its first byte, `rest` where the part ends,
 * `restart` because what is there does not fit, or nothing. */
export type Judgement =
  | { readonly use: 'whole' | 'rest'; readonly size: number | undefined }
  | { readonly use: 'restart' }
  | { readonly use: 'nothing'; readonly problem: AddressProblem };

/** Judges an answer before any of its body is read. `have` is the number of bytes that were left out of the request. */
export function judgeResponse(
  response: Response,
  wanted: { readonly have: number; readonly size: number | undefined; readonly maxBytes: number },
): Judgement {
  const { have } = wanted;
  if (have > 0 && response.status === 416) return { use: 'restart' };
  if (response.status !== 200 && (response.status !== 206 || have === 0)) {
    return { use: 'nothing', problem: problemOfStatus(response, Date.now()) };
  }
  if (response.status === 206 && rangeStart(response) !== have) return { use: 'restart' };
  const coding = response.headers.get('content-encoding');
  if (coding !== null && coding !== 'identity') {
    return refuse(`the server sends it in another form (content-encoding ${coding})`);
  }
  const length = response.headers.get('content-length');
  const size = length === null ? undefined : Number(length) + (response.status === 206 ? have : 0);
  const problem = size === undefined ? undefined : problemOfSize(size, wanted);
  if (problem !== undefined) return refuse(problem);
  return { use: response.status === 206 ? 'rest' : 'whole', size };
}

function problemOfSize(
  size: number,
  wanted: { readonly size: number | undefined; readonly maxBytes: number },
): string | undefined {
  if (wanted.size !== undefined && size !== wanted.size) return `its size is ${size} bytes, not ${wanted.size}`;
  if (size <= wanted.maxBytes) return undefined;
  return `its size is ${formatBytes(size)}, more than the limit of ${formatBytes(wanted.maxBytes)}`;
}

function refuse(reason: string): Judgement {
  return { use: 'nothing', problem: { kind: 'final', reason } };
}

function rangeStart(response: Response): number | undefined {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? undefined : Number(match[1]);
}
