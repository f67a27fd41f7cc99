import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageEntry } from '../model/package-manifest.ts';
import { planView, type ViewPackage } from './plan-view.ts';

function packageOf(name: string, paths: readonly string[], asked = false): ViewPackage {
  const entries = paths.map(
    (path): PackageEntry =>
      path.endsWith('/')
        ? { path: path.slice(0, -1), type: 'directory', mode: 0o755 }
        : { path, type: 'symlink', target: 'x' },
  );
  return { storeName: `${name}-1`, name, asked, entries };
}

test('a folder that only one package has is one link', () => {
  const plan = planView([
    packageOf('a', ['lib/', 'lib/liba.so', 'include/', 'include/a/', 'include/a/a.h']),
    packageOf('b', ['lib/', 'lib/libb.so']),
  ]);
  assert.deepEqual(plan.folders, ['lib']);
  assert.deepEqual(plan.links, [
    { path: 'include', storeName: 'a-1' },
    { path: 'lib/liba.so', storeName: 'a-1' },
    { path: 'lib/libb.so', storeName: 'b-1' },
  ]);
  assert.deepEqual(plan.conflicts, []);
});

test('a package that was asked for wins a path from one that was not, and the conflict is told', () => {
  const plan = planView([packageOf('a', ['bin/', 'bin/tool']), packageOf('z', ['bin/', 'bin/tool'], true)]);
  assert.deepEqual(plan.links, [{ path: 'bin/tool', storeName: 'z-1' }]);
  assert.deepEqual(plan.conflicts, [{ path: 'bin/tool', winner: 'z-1', losers: ['a-1'] }]);
});

test('a folder against a file goes to the winner whole', () => {
  const plan = planView([packageOf('a', ['x']), packageOf('b', ['x/', 'x/y'])]);
  assert.deepEqual(plan.links, [{ path: 'x', storeName: 'a-1' }]);
  assert.equal(plan.conflicts.length, 1);
});

test('what belongs to binfarm itself is in no view', () => {
  assert.deepEqual(planView([packageOf('a', ['.binfarm/', '.binfarm/package.json'])]).links, []);
});
