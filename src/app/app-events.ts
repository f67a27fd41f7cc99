import type { BinhostEvent } from '../binhost/binhost-events.ts';
import type { BuildEvent } from '../build/build-events.ts';
import type { SourceEvent } from '../build/sources/source-events.ts';
import type { LockOwner } from '../core/file-lock.ts';
import type { PackageEvent } from '../package/package-events.ts';

/** What use cases add to the events of the layers. */
type UseCaseEvent =
  /** Another process is at work on the farm or the area; this one waits. */
  | { readonly type: 'farm.waited'; readonly path: string; readonly owner?: LockOwner }
  /** What is about to be done, before anything is. */
  | { readonly type: 'farm.planned'; readonly builds: number; readonly reused: number; readonly seconds?: number }
  | { readonly type: 'farm.locked'; readonly platform: string; readonly packages: number; readonly changed: boolean }
  /** A built package was packed and stored. `key` is that of the build events. */
  | {
      readonly type: 'package.stored';
      readonly key: string;
      readonly files: number;
      readonly bytes: number;
      readonly digest: string;
    }
  /** Files of a package name a folder of the store that will not be there when it is used. */
  | {
      readonly type: 'package.strayed';
      readonly key: string;
      readonly path: string;
      readonly storeName: string;
      readonly count: number;
    }
  | { readonly type: 'package.tested'; readonly key: string; readonly tests: number }
  | {
      readonly type: 'area.unpacked';
      readonly name: string;
      readonly version: string;
      readonly files: number;
      readonly bytes: number;
    }
  | {
      readonly type: 'area.conflicted';
      readonly path: string;
      readonly winner: string;
      readonly losers: readonly string[];
    }
  | { readonly type: 'area.switched'; readonly area: string; readonly generation: number; readonly packages: number };

/** Every event that a use case can emit. */
export type AppEvent = BinhostEvent | BuildEvent | SourceEvent | PackageEvent | UseCaseEvent;
