import * as v from 'valibot';
import { atPlace, FarmError, type Place } from '../core/farm-error.ts';
import { closedObject } from './parse-yaml.ts';

/** An image of the stack: what it has, and what it lies on. */
export interface StackImage {
  /** As registries take it: `nova/full`. */
  readonly name: string;
  /** The sets whose packages it has, with all that those need. */
  readonly sets: readonly string[];
  /** `scratch`, a system such as `debian12`, an image (`oci:DIR:NAME:TAG`, `oci://host/name:tag`) or the tar file of a root file system. */
  readonly base: string;
  /** With their build types; all of the release when absent. */
  readonly platforms?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Also an image without the packages, which leads to the repository in /cvmfs. */
  readonly thin: boolean;
  /** Layers in all, the base's too. */
  readonly maxLayers: number;
  /** Bytes of all layers, as they are fetched; larger ones are refused. */
  readonly maxSize?: number;
  readonly place: Place;
}

/** Where the stack is published beside its binhost. */
export interface StackPublish {
  readonly images: readonly StackImage[];
  /** Where images are put: a layout below the farm folder, or an address. */
  readonly imagesTo: string;
  readonly cvmfs?: { readonly repository: string; readonly path?: string };
}

/** What holds for images where the stack file says nothing. */
export const imageDefaults = { to: './images', base: 'scratch', maxLayers: 100 } as const;

const words = v.union([v.string(), v.array(v.string())]);

const imageSchema = closedObject({
  name: v.string(),
  sets: v.pipe(v.array(v.string()), v.minLength(1, 'it needs at least one set')),
  base: v.optional(v.string()),
  platforms: v.optional(v.array(v.string())),
  entrypoint: v.optional(words),
  cmd: v.optional(words),
  env: v.optional(v.record(v.string(), v.string()), {}),
  labels: v.optional(v.record(v.string(), v.string()), {}),
  thin: v.optional(v.boolean(), false),
  max_layers: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(1000)), imageDefaults.maxLayers),
  max_size: v.optional(v.union([v.string(), v.number()])),
});

/** The part of the stack file's schema that is about publishing. */
export const publishSchema = closedObject({
  images: v.optional(v.array(imageSchema), []),
  images_to: v.optional(v.string(), imageDefaults.to),
  cvmfs: v.optional(
    closedObject({
      repository: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{0,59}$/, 'it is no name of a repository')),
      path: v.optional(v.string()),
    }),
  ),
});

/** Takes what the stack file says about publishing.
 * @param sets the names of the stack's sets
 * @throws STACK_INVALID */
export function readPublish(
  value: v.InferOutput<typeof publishSchema>,
  sets: readonly string[],
  placeOf: (path: readonly (string | number)[]) => Place,
): StackPublish {
  const images = value.images.map((image, index): StackImage => {
    const path = ['publish', 'images', index];
    const wrong = image.sets.findIndex((set) => !sets.includes(set));
    if (wrong >= 0) {
      throw new FarmError('STACK_INVALID', `Cannot put "${image.sets[wrong]}" into an image: there is no such set`, {
        place: placeOf([...path, 'sets', wrong]),
        hint: `The sets are ${sets.join(', ')}`,
      });
    }
    const { platforms, entrypoint, cmd, max_size: size } = image;
    return {
      name: image.name,
      sets: image.sets,
      base: image.base ?? imageDefaults.base,
      ...(platforms === undefined ? {} : { platforms }),
      ...(entrypoint === undefined ? {} : { entrypoint: wordsOf(entrypoint) }),
      ...(cmd === undefined ? {} : { cmd: wordsOf(cmd) }),
      env: image.env,
      labels: image.labels,
      thin: image.thin,
      maxLayers: image.max_layers,
      ...(size === undefined
        ? {}
        : { maxSize: atPlace(placeOf([...path, 'max_size']), () => parseBytes(String(size))) }),
      place: placeOf(path),
    };
  });
  return {
    images,
    imagesTo: value.images_to,
    ...(value.cvmfs === undefined ? {} : { cvmfs: repositoryOf(value.cvmfs) }),
  };
}

function repositoryOf({ repository, path }: { readonly repository: string; readonly path?: string | undefined }) {
  return { repository, ...(path === undefined ? {} : { path }) };
}

/** One text is one word: nothing is taken apart as a shell would. */
function wordsOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

const units: Readonly<Record<string, number>> = { '': 1, B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Reads a number of bytes as people write it: `2 GB`, `500MB`, `1000000`; decimal units.
 * @throws ARGUMENT_INVALID */
export function parseBytes(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?) ?([kMGT]?B)?$/.exec(text.trim()) ?? [];
  const factor = units[unit];
  if (digits !== undefined && factor !== undefined) return Math.round(Number(digits) * factor);
  throw new FarmError('ARGUMENT_INVALID', `Cannot read "${text}" as a size: it is no number of bytes`, {
    hint: 'Write it as 500MB or 2 GB',
  });
}
