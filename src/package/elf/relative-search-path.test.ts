import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relativeSearchPath } from './relative-search-path.ts';

const root = '/binfarm/xxxx';
const place = { root, storeName: 'own-1', path: 'lib/deep/libx.so', dependencies: new Set(['dep-2']) };

/** The other way in which the loader's word can be written. */
const origin = `$${'{ORIGIN}'}`;

const cases: readonly { says: string; folders: string[]; want: string[] }[] = [
  { says: 'the own lib folder', folders: [`${root}/store/own-1/lib`], want: ['$ORIGIN/..'] },
  { says: 'the own folder of the file', folders: [`${root}/store/own-1/lib/deep/`], want: ['$ORIGIN'] },
  { says: 'a folder of a dependency', folders: [`${root}/store/dep-2/lib`], want: ['$ORIGIN/../../../dep-2/lib'] },
  {
    says: 'slashes and dots too many',
    folders: [`${root}//store/dep-2/./lib//`],
    want: ['$ORIGIN/../../../dep-2/lib'],
  },
  { says: 'a package that is no dependency', folders: [`${root}/store/tool-3/lib`], want: [] },
  { says: 'a path that climbs out of the store', folders: [`${root}/store/own-1/../../../lib`], want: [] },
  { says: 'the root itself and another root', folders: [root, `${root}y/store/own-1/lib`], want: [] },
  { says: 'folders of the machine and of the build', folders: ['/usr/lib', '/tmp/build/.libs', ''], want: [] },
  {
    says: 'what is relative to the file already',
    folders: ['$ORIGIN/../lib', origin],
    want: ['$ORIGIN/../lib', origin],
  },
  { says: 'something that only begins like it', folders: ['$ORIGINAL/lib', '$LIB'], want: [] },
  {
    says: 'the same folder twice, in order',
    folders: [`${root}/store/dep-2/lib`, `${root}/store/own-1/lib`, `${root}/store/dep-2/lib/`],
    want: ['$ORIGIN/../../../dep-2/lib', '$ORIGIN/..'],
  },
];

for (const { says, folders, want } of cases) {
  test(`a search path with ${says} becomes "${want.join(':')}"`, () => {
    assert.deepEqual(relativeSearchPath(folders, place), want);
  });
}
