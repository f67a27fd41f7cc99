import { compileAndRun, custom, recipe } from 'binfarm';

export default recipe({
  name: 'zlib',
  summary: 'Lossless data compression (deflate, gzip)',
  homepage: 'https://zlib.net',
  license: 'Zlib',
  category: 'compression',
  versions: {
    '1.2.13': {
      sha256: '71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1',
      debian: 'zlib_1.2.13.dfsg.orig.tar.bz2',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  // its configure is no autoconf script and refuses what autotools() would tell it
  build: custom({
    configure: ({ prefix }) => [['./configure', `--prefix=${prefix}`, `--libdir=${prefix}/lib`]],
    build: [['make']],
    install: ({ prefix, isOn }) => [
      ['make', 'install'],
      ...(isOn('static') ? [] : [{ do: 'remove', path: `${prefix}/lib/libz.a` } as const]),
    ],
  }),
  test: (context) =>
    compileAndRun(context, {
      language: 'c',
      libraries: ['z'],
      text: `#include <stdio.h>
#include <string.h>
#include <zlib.h>
int main(void) {
  char text[1000], copy[1000];
  Bytef packed[1100];
  uLongf packed_size = sizeof packed, size = sizeof copy;
  memset(text, 'x', sizeof text);
  if (compress(packed, &packed_size, (const Bytef *)text, sizeof text) != Z_OK || packed_size > 50) return 1;
  if (uncompress((Bytef *)copy, &size, packed, packed_size) != Z_OK || memcmp(text, copy, sizeof text) != 0) return 2;
  puts(zlibVersion());
  return strcmp(zlibVersion(), ZLIB_VERSION) != 0;
}
`,
    }),
});
