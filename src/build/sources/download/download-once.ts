import { formatBytes } from '../../../core/format-quantity.ts';
import type { AddressProblem } from './address-problem.ts';
import type { Download } from './download.ts';
import { judgeResponse } from './judge-response.ts';
import { appendToPart, emptyPart, finishPart } from './part-file.ts';
import { requestUrl } from './request-url.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

/** One try to get a file from a web server: what the part file has is not asked for again, and counts as garbage when
 * the whole then has the wrong digest.
 * @throws DISK_FULL, PERMISSION_DENIED; the signal's reason */
export async function downloadOnce(url: string, download: Download): Promise<AddressProblem | undefined> {
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    return { kind: 'final', reason: 'it is not an address that begins with https:, http: or file:' };
  }
  const { part } = download;
  const have = part.size;
  if (have === 0 || have !== download.size) {
    const watchdog = createWatchdog(download.limits.stallSeconds, download.signal);
    const problem = await receive(url, download, watchdog);
    if (problem === 'restart') return await restart(url, download);
    if (problem !== undefined) return problem;
  }
  const got = await finishPart(download.cache, part, download.digest);
  if (got === download.digest) return undefined;
  if (have > 0) return await restart(url, download);
  await emptyPart(part);
  return { kind: 'mismatch', reason: `its checksum is ${got}`, got };
}

async function restart(url: string, download: Download): Promise<AddressProblem | undefined> {
  await emptyPart(download.part);
  return await downloadOnce(url, download);
}

async function receive(
  url: string,
  download: Download,
  watchdog: Watchdog,
): Promise<AddressProblem | 'restart' | undefined> {
  const { part } = download;
  const headers = part.size === 0 ? {} : { range: `bytes=${part.size}-` };
  const answer = await watchdog.wait(requestUrl(url, { headers, signal: watchdog.signal }));
  if ('problem' in answer) return answer.problem;
  const response = answer.value;
  if (!(response instanceof Response)) return response;
  const maxBytes = download.size ?? download.limits.maxBytes;
  const judgement = judgeResponse(response, { have: part.size, size: download.size, maxBytes });
  if (judgement.use === 'restart' || judgement.use === 'nothing') {
    await response.body?.cancel().catch(() => {});
    return judgement.use === 'restart' ? 'restart' : judgement.problem;
  }
  if (judgement.use === 'whole') await emptyPart(part);
  const size = judgement.size ?? download.size;
  download.onStart(url, part.size, size);
  const problem = await receiveBody(response, { download, watchdog, size, maxBytes });
  if (problem !== undefined) return problem;
  if (size === undefined || part.size === size) return undefined;
  return { kind: 'passing', reason: `it ended after ${part.size} of ${size} bytes` };
}

async function receiveBody(
  response: Response,
  context: {
    readonly download: Download;
    readonly watchdog: Watchdog;
    readonly size: number | undefined;
    readonly maxBytes: number;
  },
): Promise<AddressProblem | undefined> {
  const { download, watchdog, size, maxBytes } = context;
  const reader = response.body?.getReader();
  if (reader === undefined) return undefined;
  try {
    for (;;) {
      const step = await watchdog.wait(reader.read());
      if ('problem' in step) return step.problem;
      if (step.value.done) return undefined;
      const chunk = step.value.value;
      if (download.part.size + chunk.length > maxBytes) {
        await emptyPart(download.part);
        return { kind: 'final', reason: `it sends more than ${formatBytes(maxBytes)}` };
      }
      await appendToPart(download.part, chunk);
      download.onProgress(download.part.size, size);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
