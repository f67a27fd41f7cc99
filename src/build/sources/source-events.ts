import type { Digest } from '../../core/digest-text.ts';

/** What every event about a source carries; secrets in addresses are redacted. */
interface SourceSubject {
  readonly file: string;
  readonly digest: Digest;
}

/** What happens while sources are fetched. */
export type SourceEvent =
  | (SourceSubject & {
      readonly type: 'source.started';
      readonly url: string;
      /** Bytes, when the recipe or the server says so. */
      readonly size?: number;
      /** Bytes that an earlier try left, where the download goes on. */
      readonly resumedAt: number;
    })
  | (SourceSubject & {
      /** At most five a second for each file. */
      readonly type: 'source.progressed';
      readonly bytes: number;
      readonly size?: number;
    })
  | (SourceSubject & {
      /** One address is tried again after a pause. */
      readonly type: 'source.retried';
      readonly url: string;
      readonly reason: string;
      readonly waitSeconds: number;
    })
  | (SourceSubject & {
      /** One address is given up; the next is tried, if there is one. */
      readonly type: 'source.failed';
      readonly url: string;
      readonly reason: string;
    })
  | (SourceSubject & {
      readonly type: 'source.finished';
      readonly bytes: number;
      readonly seconds: number;
      /** It was in the cache, or needs no download. */
      readonly cached: boolean;
      readonly url?: string;
    });
