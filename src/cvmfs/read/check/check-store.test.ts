import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { filesIn, openCheckedRepositories } from '../../../../test/fakes/check-fake-repository.ts';
import { fakeTree, makeFakeRepository } from '../../../../test/fakes/cvmfs-repository.ts';

const { make, check, remove } = openCheckedRepositories();
after(remove);
const isFull = process.env.BINFARM_TEST_FULL !== undefined;

const row = 'UPDATE catalog SET';

test('a database with damaged pages makes faults, never an unexpected error', async () => {
  for (let offset = 100; offset < 57_344; offset += isFull ? 97 : 1201) {
    const folder = make(fakeTree, {
      database: (bytes, path) => {
        if (path !== '/sw/1.0' || offset >= bytes.length) return bytes;
        const changed = Buffer.from(bytes);
        changed.fill(0xff, offset, offset + 24);
        return changed;
      },
    });
    await check(folder, { objects: 'none' });
  }
});

test('what lies in a store without belonging there is found; what other revisions have left is not wrong', async () => {
  const folder = make();
  makeFakeRepository(folder, { ...fakeTree, more: { file: 'more' } }, { revision: 8 });
  const { faultCount, others } = await check(folder);
  assert.equal(faultCount, 0);
  assert.equal(others, 4); // three catalogs and the history
  writeFileSync(join(folder, 'data/e8/short'), '');
  mkdirSync(join(folder, 'data/xyz'));
  symlinkSync('/etc/passwd', join(folder, `data/e8/${'0'.repeat(38)}`));
  writeFileSync(join(folder, `data/e8/${'1'.repeat(38)}`), 'not that hash');
  const { faults } = await check(folder);
  assert.deepEqual(faults.map(({ reason }) => reason).sort(), [
    'it has not the name of an object',
    'it is no plain file',
    'its bytes have another hash',
    'only folders of two hexadecimal digits belong here',
  ]);
});

test('a catalog without an index of its folders is checked, with a warning', async () => {
  const { faults, warnings } = await check(make(fakeTree, { sql: { '': 'DROP INDEX idx_catalog_parent' } }));
  assert.deepEqual(faults, []);
  assert.match(warnings[0]!.reason, /no index of folders/);
});

test('names that are no UTF-8 are read byte for byte', async () => {
  const key = "md5path_1 = -1, md5path_2 = -1, name = CAST(x'6eff' AS TEXT)";
  const { faults } = await check(make(fakeTree, { sql: { '': `${row} ${key} WHERE name = 'plain'` } }));
  assert.equal(faults[0]?.path, '/n\\xff');
});

test('without reading objects, a missing one is found and a damaged one is not', async () => {
  const folder = make();
  const object = filesIn(folder).find((path) => path.endsWith('cf/05d6370df27a7fe3c336ea554961991f69f04f'))!;
  writeFileSync(object, 'damaged');
  assert.equal((await check(folder, { objects: 'presence' })).faultCount, 0);
  rmSync(object);
  assert.ok((await check(folder, { objects: 'presence' })).faultCount > 0);
  assert.equal((await check(folder, { objects: 'none' })).faultCount, 0);
});
