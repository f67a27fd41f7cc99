import { digestOf } from '../core/digest.ts';
import { type Digest, parseDigest } from '../core/digest-text.ts';
import { FarmError } from '../core/farm-error.ts';
import type { PlanSource } from '../model/plan.ts';
import type { SourceLocation } from '../model/source-location.ts';
import type { Recipe } from './loaded-recipe.ts';
import type { SourceDefinition, VersionDefinition } from './recipe-definition.ts';

/** A source as the plan names it, and where it can be had. */
export interface RecipeSource {
  readonly source: PlanSource;
  readonly location: SourceLocation;
}

const archiveName = /\.(tar(\.[a-z0-9]+)?|tgz|tbz2?|txz|tzst|zip)$/;

/** The sources of one version of a recipe; `directoryDigest` is that of its source directory, where it has one. */
export function sourcesOf(recipe: Recipe, version: string, directoryDigest?: Digest): readonly RecipeSource[] {
  const origin = recipe.definition.source;
  const entry = recipe.definition.versions[version];
  if (entry === undefined) {
    throw new FarmError(
      'RECIPE_INVALID',
      `Cannot evaluate "${recipe.metadata.name}": the recipe has no version ${version}`,
      {
        place: { file: recipe.file },
        hint: 'The lock may be older than the recipe: solve again',
      },
    );
  }
  if (recipe.directory !== undefined) return [directorySource(recipe, recipe.directory, directoryDigest)];
  if (entry.commit !== undefined && typeof origin === 'object' && 'git' in origin)
    return [gitSource(origin.git, entry.commit)];
  return entry.sha256 === undefined ? [] : [archiveSource(origin, version, entry)];
}

function directorySource(recipe: Recipe, directory: string, digest: Digest | undefined): RecipeSource {
  if (digest === undefined) {
    throw new FarmError(
      'UNEXPECTED',
      `Cannot evaluate "${recipe.metadata.name}": the digest of "${directory}" is not given`,
    );
  }
  const file = recipe.metadata.name;
  return {
    source: { kind: 'directory', digest, file, into: '' },
    location: { kind: 'directory', digest, file, urls: [], directory },
  };
}

function gitSource(url: string, commit: string): RecipeSource {
  const digest = digestOf(`git:${commit}`);
  const file = fileNameOf(url);
  return {
    source: { kind: 'git', digest, file, into: '' },
    location: { kind: 'git', digest, file, urls: [], git: { url, commit } },
  };
}

/** Without an address upstream (an archive that Debian has repacked), the name in Debian's pools is all there is. */
function archiveSource(origin: SourceDefinition | undefined, version: string, entry: VersionDefinition): RecipeSource {
  const upstream = entry.url ?? (typeof origin === 'function' ? origin(version) : []);
  const urls = typeof upstream === 'string' ? [upstream] : upstream;
  const file = urls[0] === undefined ? entry.debian! : fileNameOf(urls[0]);
  const kind = archiveName.test(file) ? 'archive' : 'file';
  const digest = parseDigest(entry.sha256!);
  const debian = entry.debian === undefined ? {} : { debian: { file: entry.debian } };
  return { source: { kind, digest, file, into: '' }, location: { kind, digest, file, urls, ...debian } };
}

function fileNameOf(url: string): string {
  const path = url.replace(/[?#].*$/, '').replace(/\/+$/, '');
  return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
}
