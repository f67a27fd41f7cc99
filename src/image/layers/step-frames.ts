import { createHash } from 'node:crypto';
import type { ExpectedBlob } from '../../package/archive/drive-reader.ts';
import { createFrameReader, type Frame, type FrameRequest } from '../../package/archive/frame-reader.ts';
import { damaged } from '../../package/archive/zstd-frame.ts';

/** Feeds a blob to a reader of frames one frame at a time, so that who takes what the reader tells sets the pace: one MiB of a blob may hold gigabytes. */
export interface FrameStepper {
  /** Gives the reader its next frame; false when it has all.
   * @throws PACKAGE_DAMAGED when the blob ends before */
  readonly step: () => Promise<boolean>;
  /** Reads the rest of the blob, and compares its size and digest with what is expected.
   * @throws PACKAGE_DAMAGED */
  readonly finish: () => Promise<void>;
  /** Closes the blob; to be called whatever happens. */
  readonly close: () => Promise<void>;
}

/** Starts to feed a blob to a reader of frames. `tail` says whether bytes may follow the last frame that the reader asked for. */
export function createFrameStepper(
  source: AsyncGenerator<Buffer>,
  reader: Generator<FrameRequest, unknown, Frame>,
  options: ExpectedBlob & { readonly tail: 'ignored' | 'refused' },
): FrameStepper {
  const frames = createFrameReader();
  const sha256 = createHash('sha256');
  let size = 0;
  let state = reader.next(undefined as unknown as Frame);

  const feed = async (): Promise<boolean> => {
    const next = await source.next();
    if (next.done) return false;
    const bytes = next.value;
    size += bytes.length;
    if (options.size !== undefined && size > options.size) throw damaged(`it has more than ${options.size} bytes`);
    sha256.update(bytes);
    if (!state.done || options.tail === 'refused') frames.push(bytes);
    if (state.done && options.tail === 'refused' && frames.rest() > 0) throw damaged('something follows its end');
    return true;
  };
  const step = async (): Promise<boolean> => {
    while (!state.done) {
      const frame = frames.next(state.value);
      if (frame !== undefined) {
        state = reader.next(frame);
        return true;
      }
      if (!(await feed())) throw damaged(`it ends after ${size} bytes, before its end`);
    }
    return false;
  };
  const finish = async (): Promise<void> => {
    if (options.tail === 'refused' && frames.rest() > 0) throw damaged('something follows its end');
    while (await feed());
    if (options.size !== undefined && size !== options.size) {
      throw damaged(`it has ${size} bytes instead of ${options.size}`);
    }
    const digest = `sha256:${sha256.digest('hex')}`;
    if (options.digest !== undefined && digest !== options.digest) {
      throw damaged(`its digest is ${digest} instead of ${options.digest}`);
    }
  };
  return { step, finish, close: async () => void (await source.return(undefined)) };
}
