import type { BinhostEvent } from '../binhost/binhost-events.ts';
import type { BuildEvent } from '../build/build-events.ts';
import type { SourceEvent } from '../build/sources/source-events.ts';
import type { LockOwner } from '../core/file-lock.ts';
import type { PublishingEvent } from '../cvmfs/publishing-events.ts';
import type { ReadingEvent } from '../cvmfs/read/reading-events.ts';
import type { ImageEvent } from '../image/image-events.ts';
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
  /** What came over the network was not what was signed, so it is fetched anew. */
  | { readonly type: 'area.refetched'; readonly name: string; readonly version: string; readonly reason: string }
  | {
      readonly type: 'area.conflicted';
      readonly path: string;
      readonly winner: string;
      readonly losers: readonly string[];
    }
  | { readonly type: 'area.switched'; readonly area: string; readonly generation: number; readonly packages: number }
  /** Recipes of another package manager are read; `read` counts from time to time. */
  | { readonly type: 'recipe.importStarted'; readonly folder: string }
  | { readonly type: 'recipe.importRead'; readonly read: number; readonly of: number }
  | { readonly type: 'recipe.imported'; readonly packages: number }
  /** So many packages of a release are looked at: whether they go on working beside new builds of what they need. */
  | { readonly type: 'release.planned'; readonly packages: number }
  | { readonly type: 'release.checkStarted'; readonly platform: string; readonly name: string }
  | { readonly type: 'release.checked'; readonly platform: string; readonly name: string; readonly faults: number }
  /** A key that is believed has named the one that follows on it; from now on that is believed, too. */
  | { readonly type: 'trust.followed'; readonly from: string; readonly to: string; readonly name: string }
  /** A key that was believed is revoked; `by` is the key that says so. */
  | {
      readonly type: 'trust.revoked';
      readonly key: string;
      readonly by: string;
      readonly time: string;
      readonly reason: string;
    }
  /** A key that is believed, and that none follows on yet, expires soon or has expired. */
  | {
      readonly type: 'trust.expiring';
      readonly key: string;
      readonly name: string;
      readonly expires: string;
      readonly expired: boolean;
    }
  /** Because of `--insecure`, something is used that nobody vouches for. */
  | { readonly type: 'trust.bypassed'; readonly subject: string; readonly reason: string }
  /** A release that is in use, or is about to be, was withdrawn. */
  | {
      readonly type: 'trust.withdrawn';
      readonly release: string;
      readonly withdrawn: string;
      readonly reason: string;
      readonly instead?: string;
    };

/** Every event that a use case can emit. */
export type AppEvent =
  | BinhostEvent
  | BuildEvent
  | SourceEvent
  | PackageEvent
  | ImageEvent
  | PublishingEvent
  | ReadingEvent
  | UseCaseEvent;
