/** What happens between this machine and binhosts; locations carry no secrets. */
export type BinhostEvent =
  /** A request is made again after a pause. */
  | {
      readonly type: 'binhost.retried';
      readonly location: string;
      readonly reason: string;
      readonly waitSeconds: number;
    }
  /** A binhost cannot be used; from now on only the others are asked. */
  | { readonly type: 'binhost.skipped'; readonly location: string; readonly reason: string }
  /** Packages are about to be copied; `bytes` are those of the ones that are missing at the destination. */
  | {
      readonly type: 'binhost.planned';
      readonly from: string;
      readonly to: string;
      readonly packages: number;
      readonly kept: number;
      readonly bytes: number;
    }
  /** A package begins to be copied; `resumedAt` are the bytes that an earlier try has left. */
  | {
      readonly type: 'binhost.started';
      readonly name: string;
      readonly version: string;
      readonly buildHash: string;
      readonly bytes: number;
      readonly resumedAt: number;
    }
  /** So much of a package has arrived here; at most five a second for each. */
  | { readonly type: 'binhost.progressed'; readonly buildHash: string; readonly bytes: number; readonly total: number }
  /** A package was copied; `mounted`: within one registry, without moving its bytes. */
  | {
      readonly type: 'binhost.copied';
      readonly name: string;
      readonly version: string;
      readonly buildHash: string;
      readonly bytes: number;
      readonly seconds: number;
      readonly mounted: boolean;
    }
  /** A package could not be copied; the others go on. */
  | { readonly type: 'binhost.failed'; readonly name: string; readonly buildHash: string; readonly reason: string }
  /** A package or a document was read whole; `problem` is absent when it is right. */
  | {
      readonly type: 'binhost.examined';
      readonly name: string;
      readonly buildHash: string;
      readonly bytes: number;
      readonly problem?: string;
    }
  /** A package was removed. */
  | { readonly type: 'binhost.removed'; readonly name: string; readonly buildHash: string; readonly reason: string }
  /** What nothing refers to was removed. */
  | { readonly type: 'binhost.swept'; readonly location: string; readonly count: number; readonly bytes: number };
