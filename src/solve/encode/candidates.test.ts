import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageName } from '../../model/names.ts';
import { parseSpec } from '../../model/parse-spec.ts';
import type { RecipeMetadata, VersionDeclaration } from '../../model/recipe.ts';
import { parseVersion } from '../../model/version.ts';
import type { SolveRequest } from '../solve-types.ts';
import { candidatesOf } from './candidates.ts';

const name = 'lib' as PackageName;

function versionsOf(texts: readonly string[]): VersionDeclaration[] {
  return texts.map((text) => {
    const [version = '', flag] = text.split(' ');
    return { version: parseVersion(version), preferred: flag === 'preferred', deprecated: flag === 'deprecated' };
  });
}

function ordered(versions: readonly string[], changes: Partial<SolveRequest> = {}): string[] {
  const nothing = { variants: [], dependencies: [], conflicts: [], requires: [], provides: [] };
  const recipe: RecipeMetadata = { name, versions: versionsOf(versions), ...nothing };
  const request = { prefer: [], require: [], externals: [], ...changes } as Partial<SolveRequest> as SolveRequest;
  return candidatesOf(request, name, recipe).map(({ version, tier }) =>
    tier === 0 ? version : `${version} (${tier})`,
  );
}

test('candidates are the newest first, then moving versions, then deprecated ones', () => {
  assert.deepEqual(ordered(['1.2', 'main', '1.10', '2.0 deprecated', 'develop']), [
    '1.10',
    '1.2',
    'develop (1)',
    'main (1)',
    '2.0 (2)',
  ]);
});

test('candidates that a rule or the recipe prefers come before newer ones', () => {
  const prefer = [{ name, spec: parseSpec('@1.2,develop') }];
  assert.deepEqual(ordered(['1.4', '1.3 preferred', '1.2', 'develop'], { prefer }), ['develop', '1.2', '1.3', '1.4']);
});

test('an external is the only candidate, unless a rule excludes it', () => {
  const externals = [{ name, version: parseVersion('1.1'), variants: { fast: true }, from: 'base' }];
  assert.deepEqual(ordered(['1.2'], { externals }), ['1.1']);
  for (const rule of ['@1.2:', '~fast']) {
    assert.deepEqual(ordered(['1.2'], { externals, require: [{ name, spec: parseSpec(rule) }] }), ['1.2'], rule);
  }
});
