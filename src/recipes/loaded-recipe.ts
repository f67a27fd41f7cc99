import type { PackageName } from '../model/names.ts';
import type { RecipeMetadata } from '../model/recipe.ts';
import type { Spec } from '../model/spec.ts';
import type { RecipeDefinition } from './recipe-definition.ts';

/** What a recipe says about its package for people. */
export interface RecipeInfo {
  readonly summary: string;
  readonly homepage?: string;
  readonly license: string;
  readonly category: string;
  readonly contact?: string;
}

/** A patch, read from its file. */
export interface RecipePatch {
  readonly file: string;
  readonly text: string;
  readonly strip: number;
  readonly when?: Spec;
}

/** A recipe that has been read and found valid. */
export interface Recipe {
  /** What the solver reads: plain data. */
  readonly metadata: RecipeMetadata;
  readonly info: RecipeInfo;
  /** The recipe's file and folder, absolute. */
  readonly file: string;
  readonly folder: string;
  /** The folder with its source, absolute, for a recipe whose source is a directory. */
  readonly directory?: string;
  /** Build tools whose identity enters the build hash. */
  readonly hashed: readonly PackageName[];
  readonly patches: readonly RecipePatch[];
  readonly definition: RecipeDefinition;
}
