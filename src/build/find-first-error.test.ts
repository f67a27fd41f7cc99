import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFirstError } from './find-first-error.ts';

const cases: readonly [string, readonly string[], string][] = [
  [
    'the compiler’s first error, not make’s last',
    ['gcc -c a.c', 'a.c:3:1: warning: unused', "a.c:4:2: error: 'x' undeclared", 'make: *** [a.o] Error 1'],
    "a.c:4:2: error: 'x' undeclared",
  ],
  [
    'a missing header',
    ['a.cc:1:10: fatal error: zlib.h: No such file or directory'],
    'a.cc:1:10: fatal error: zlib.h: No such file or directory',
  ],
  [
    'the linker’s complaint',
    ['/usr/bin/ld: cannot find -lfoo: No such file or directory', 'collect2: error: ld returned 1 exit status'],
    '/usr/bin/ld: cannot find -lfoo: No such file or directory',
  ],
  [
    'configure’s reason',
    ['checking for gcc... gcc', 'configure: error: no acceptable m4'],
    'configure: error: no acceptable m4',
  ],
  [
    'CMake’s message with its head',
    ['-- Check', 'CMake Error at CMakeLists.txt:3 (find_package):', '  Could not find HepMC3'],
    'CMake Error at CMakeLists.txt:3 (find_package): Could not find HepMC3',
  ],
  ['the last line where nothing tells more', ['one', 'two', ''], 'two'],
  ['silence', [], '(no output)'],
];

for (const [says, lines, expected] of cases) {
  test(`findFirstError finds ${says}`, () => assert.equal(findFirstError(lines), expected));
}
