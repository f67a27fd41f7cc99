import type { Digest } from '../../core/digest-text.ts';
import type { BlobOrigin } from './image-place.ts';

/** Where a layer of an image comes from. */
export type LayerKind = 'base' | 'package' | 'group' | 'relocated' | 'top';

/** A layer, ready to be part of an image. */
export interface ImageLayer extends BlobOrigin {
  readonly kind: LayerKind;
  readonly mediaType: string;
  /** The digest of the uncompressed tar. */
  readonly diffId: Digest;
  readonly annotations: Readonly<Record<string, string>>;
  /** For the history: what is in it. */
  readonly title: string;
  /** Store names of its packages. */
  readonly packages: readonly string[];
  /** Their names, each once. */
  readonly origins: readonly string[];
}
