/** What happens while images are made and moved. */
export type ImageEvent =
  /** It is decided what an image for one platform has. */
  | {
      readonly type: 'image.planned';
      readonly image: string;
      readonly platform: string;
      readonly packages: number;
      readonly layers: number;
    }
  /** An image is about to be put somewhere: so many layers, of so many bytes together. */
  | {
      readonly type: 'image.putStarted';
      readonly image: string;
      readonly location: string;
      readonly layers: number;
      readonly bytes: number;
    }
  /** A layer is there now: it was before, was taken over from another repository of the same registry, or its bytes were written. */
  | {
      readonly type: 'image.layerPut';
      readonly location: string;
      readonly digest: string;
      readonly title: string;
      readonly bytes: number;
      readonly fate: 'kept' | 'mounted' | 'written';
    }
  /** A path of several packages of an image: the winner's is in the view. */
  | {
      readonly type: 'image.conflicted';
      readonly path: string;
      readonly winner: string;
      readonly losers: readonly string[];
    }
  /** The base's name leads to something else than before. */
  | { readonly type: 'image.baseChanged'; readonly base: string; readonly before: string; readonly after: string }
  /** So many layers of an image are about to be read and compared with their digests. */
  | { readonly type: 'image.checkStarted'; readonly location: string; readonly image: string; readonly layers: number }
  | {
      readonly type: 'image.layerChecked';
      readonly location: string;
      readonly digest: string;
      readonly title: string;
      readonly bytes: number;
      /** Whether it is what it is said to be. */
      readonly isGood: boolean;
    }
  /** The file system of a SIF file is about to be written. */
  | { readonly type: 'image.fileSystemStarted'; readonly image: string; readonly path: string }
  /** So much is in it so far, before compression. */
  | { readonly type: 'image.fileSystemGrew'; readonly path: string; readonly files: number; readonly bytes: number }
  /** A SIF file is whole. */
  | { readonly type: 'image.sifWritten'; readonly image: string; readonly path: string; readonly bytes: number }
  /** A tag was removed. */
  | { readonly type: 'image.removed'; readonly location: string; readonly image: string; readonly reason: string };
