/** What an event means for whoever watches: the vocabulary that all renderings for people share, so that an event is interpreted once. */
export type EventReading =
  /** So much is to be done in all; `seconds` is the estimate of the whole, if there is one. */
  | { readonly does: 'expect'; readonly items: number; readonly seconds?: number }
  /** An item of work begins. One that does not `count` is shown, but is not part of the total. */
  | {
      readonly does: 'start';
      readonly item: string;
      readonly title: string;
      readonly seconds?: number;
      readonly counts: boolean;
    }
  | { readonly does: 'phase'; readonly item: string; readonly phase: string }
  | { readonly does: 'output'; readonly item: string; readonly line: string }
  /** So many bytes of an item are there. */
  | { readonly does: 'progress'; readonly item: string; readonly bytes: number; readonly total?: number }
  /** An item of work has ended. Without a line it vanishes from the display. */
  | {
      readonly does: 'end';
      readonly item: string;
      /** Of an item that never began. */
      readonly title?: string;
      readonly verdict: Verdict;
      readonly line?: string;
      readonly counts: boolean;
    }
  /** Something to be told once. A `detail` is only for those who asked for every step; an `alarm` is told even to those who asked for silence. */
  | { readonly does: 'tell'; readonly line: string; readonly level: 'alarm' | 'info' | 'warning' | 'detail' };

/** How an item of work ended. */
export type Verdict = 'done' | 'failed' | 'skipped';
