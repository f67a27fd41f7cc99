import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { closureOf, readDebianPackages, upstreamVersionOf } from './debian-packages.ts';

const status = `Package: gcc-12
Status: install ok installed
Version: 12.2.0-14
Architecture: amd64
Depends: cpp-12 (= 12.2.0-14), libc6-dev (>= 2.13) | libc-dev, awk

Package: cpp-12
Status: install ok triggers-pending
Version: 12.2.0-14
Architecture: amd64

Package: libc6-dev
Status: install ok installed
Version: 2.36-9
Architecture: amd64
Depends: libc6:any, libtirpc-dev

Package: libc6
Status: install ok installed
Version: 2.36-9
Architecture: amd64

Package: libtirpc-dev
Status: install ok installed
Version: 1.3.3
Architecture: amd64
Depends: only-for-tirpc

Package: only-for-tirpc
Status: install ok installed
Version: 1
Architecture: amd64

Package: mawk
Status: install ok installed
Version: 1.3
Architecture: amd64
Provides: awk

Package: removed
Status: deinstall ok config-files
Version: 1
Architecture: amd64
`;

async function packages() {
  const folder = await mkdtemp(join(tmpdir(), 'dpkg-'));
  await writeFile(join(folder, 'status'), status);
  return await readDebianPackages(folder);
}

test('the closure follows dependencies, alternatives and virtual names, and leaves out what must not be seen', async () => {
  const closure = closureOf(await packages(), ['gcc-12'], new Set(['libtirpc-dev']));
  assert.deepEqual(
    closure.map(({ name }) => name),
    ['cpp-12', 'gcc-12', 'libc6', 'libc6-dev', 'mawk'],
  );
});

test('a package that is not installed is TOOL_MISSING with the command that installs it', async () => {
  const all = await packages();
  assert.equal(all.byName.has('removed'), false);
  assert.throws(() => closureOf(all, ['cmake'], new Set()), { code: 'TOOL_MISSING', hint: 'apt-get install cmake' });
});

test('a machine without dpkg gives BASE_UNAVAILABLE', async () => {
  await assert.rejects(readDebianPackages('/nonexistent'), { code: 'BASE_UNAVAILABLE' });
});

for (const [version, upstream] of [
  ['3.25.1-1', '3.25.1'],
  ['1:2.71-3', '2.71'],
  ['1.2.13.dfsg-1', '1.2.13'],
  ['2.7.1+dfsg-5+deb12u1', '2.7.1'],
  ['1.3.4-20200120-3.1', '1.3.4-20200120'],
  ['2022.1', '2022.1'],
]) {
  test(`the upstream part of ${version} is ${upstream}`, () => assert.equal(upstreamVersionOf(version!), upstream));
}
