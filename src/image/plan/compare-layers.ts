import type { Digest } from '../../core/digest-text.ts';

/** A layer as far as a comparison needs it; the digest is undefined while it is not made yet. */
export interface ComparedLayer {
  readonly digest: Digest | undefined;
  /** In bytes; of one that is not made, about. */
  readonly size: number;
}

/** What a client that has one image fetches for another. */
export interface FetchedLayers {
  /** Podman, containerd and CRI-O fetch what they do not have. */
  readonly changed: { readonly layers: number; readonly bytes: number };
  /** Docker's own store fetches everything above the lowest changed layer, too. */
  readonly above: { readonly layers: number; readonly bytes: number };
}

/** Compares the layers of two images, from the lowest to the uppermost. */
export function compareLayers(before: readonly ComparedLayer[], after: readonly ComparedLayer[]): FetchedLayers {
  const known = new Set(before.map(({ digest }) => digest).filter((digest) => digest !== undefined));
  const isKnown = ({ digest }: ComparedLayer) => digest !== undefined && known.has(digest);
  const first = after.findIndex((layer, index) => layer.digest === undefined || before[index]?.digest !== layer.digest);
  return {
    changed: sumOf(after.filter((layer) => !isKnown(layer))),
    above: sumOf(first < 0 ? [] : after.slice(first)),
  };
}

function sumOf(layers: readonly ComparedLayer[]): { readonly layers: number; readonly bytes: number } {
  return { layers: layers.length, bytes: layers.reduce((sum, { size }) => sum + size, 0) };
}
