import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Digest, hexOf } from '../../../core/digest-text.ts';
import type { SourceLocation } from '../../../model/source-location.ts';
import { checkFileName } from './check-file-name.ts';
import { debianPoolUrls } from './debian-pool.ts';
import type { Mirror } from './mirror.ts';
import type { AptBase } from './parse-apt-sources.ts';

/** In what order a source's addresses are tried, and what this machine can reach. */
export interface AddressOptions {
  readonly mirrors: readonly Mirror[];
  /** Mirrors before upstream; otherwise after it. */
  readonly mirrorsFirst: boolean;
  /** Only addresses on this machine. */
  readonly offline: boolean;
  readonly aptBases: readonly AptBase[];
}

/** The addresses that are worth trying, in order, and those that are not, each with the reason. */
export interface Addresses {
  readonly urls: readonly string[];
  readonly skipped: readonly { readonly url: string; readonly reason: string }[];
}

/** Tells where an archive or a file may be had.
 * @throws PATH_UNSAFE when its name is a path, RECIPE_INVALID when its name in the pool is not one. */
export function addressesOf(location: SourceLocation, options: AddressOptions): Addresses {
  checkFileName(location.file);
  const local = location.directory === undefined ? [] : [pathToFileURL(join(location.directory, location.file)).href];
  const mirrored = options.mirrors.map((mirror) => mirrorUrls(mirror, location, options.aptBases));
  const fromMirrors = mirrored.flatMap(({ urls }) => urls);
  const order = options.mirrorsFirst ? [...fromMirrors, ...location.urls] : [...location.urls, ...fromMirrors];
  const all = [...new Set([...local, ...order])];
  const reachable = (url: string) => !options.offline || url.startsWith('file:');
  return {
    urls: all.filter(reachable),
    skipped: [
      ...all.filter((url) => !reachable(url)).map((url) => ({ url, reason: 'not tried, binfarm is offline' })),
      ...mirrored.flatMap(({ skipped }) => skipped),
    ],
  };
}

function mirrorUrls(mirror: Mirror, location: SourceLocation, aptBases: readonly AptBase[]): Addresses {
  switch (mirror.kind) {
    case 'directory':
      return {
        urls: namesOnMirror(location).map((name) => pathToFileURL(join(mirror.path, ...name)).href),
        skipped: [],
      };
    case 'http': {
      const base = mirror.base.replace(/\/+$/, '');
      return {
        urls: namesOnMirror(location).map((name) => [base, ...name.map(encodeURIComponent)].join('/')),
        skipped: [],
      };
    }
    case 'debian-pool':
      return poolUrls(location, aptBases);
  }
}

function namesOnMirror(location: { readonly file: string; readonly digest: Digest }): string[][] {
  return [[location.file], ['sha256', hexOf(location.digest)]];
}

function poolUrls(location: SourceLocation, aptBases: readonly AptBase[]): Addresses {
  const skipped = (reason: string) => ({ urls: [], skipped: [{ url: 'the Debian pool', reason }] });
  if (location.debian === undefined) return skipped('the recipe does not say what the file is called there');
  if (aptBases.length === 0) return skipped('this machine has no apt configuration that names one');
  return { urls: debianPoolUrls(location.debian.file, aptBases), skipped: [] };
}
