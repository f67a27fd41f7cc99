/** What happens while a CVMFS repository is published to. */
export type PublishingEvent =
  /** A directory or release was looked at; so many catalogs have changed, or all of them are unknown yet. */
  | { readonly type: 'cvmfs.started'; readonly repository: string; readonly source: string }
  /** Files were read, compressed and stored. */
  | { readonly type: 'cvmfs.stored'; readonly files: number; readonly bytes: number }
  | {
      readonly type: 'cvmfs.packageStored';
      readonly name: string;
      readonly version: string;
      readonly files: number;
      readonly bytes: number;
    }
  /** Everything is stored; the revision is being made. */
  | {
      readonly type: 'cvmfs.published';
      readonly repository: string;
      readonly revision: number;
      readonly isNew: boolean;
    }
  /** The whitelist expires soon, or has expired. */
  | {
      readonly type: 'cvmfs.expiring';
      readonly repository: string;
      readonly expires: string;
      readonly expired: boolean;
    }
  /** Objects are read again. */
  | { readonly type: 'cvmfs.reindexed'; readonly entries: number; readonly objects: number; readonly bytes: number };
