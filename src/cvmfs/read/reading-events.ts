/** What happens while a CVMFS repository is read, checked or served; locations carry no secrets. */
export type ReadingEvent =
  /** A request is made again after a pause. */
  | {
      readonly type: 'repository.retried';
      readonly location: string;
      readonly reason: string;
      readonly waitSeconds: number;
    }
  /** The server, or a cache before it, sent other bytes than those of the hash; it is asked again, past caches. */
  | { readonly type: 'repository.refetched'; readonly location: string; readonly object: string }
  /** A part of some work begins: catalogs, objects, files. */
  | { readonly type: 'repository.started'; readonly part: string; readonly title: string }
  /** So much of a part is done; at most five a second. `bytes` are those that were read. */
  | {
      readonly type: 'repository.progressed';
      readonly part: string;
      readonly done: number;
      readonly of?: number;
      readonly bytes: number;
    }
  | { readonly type: 'repository.ended'; readonly part: string }
  /** Something is wrong with the repository. */
  | { readonly type: 'repository.faulted'; readonly path: string; readonly reason: string }
  /** A server has another revision than the one that is waited for. */
  | {
      readonly type: 'repository.polled';
      readonly location: string;
      readonly state: string;
      readonly waitSeconds: number;
    }
  /** A folder is being served. */
  | { readonly type: 'repository.served'; readonly url: string; readonly names: readonly string[] };
