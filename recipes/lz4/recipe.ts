import { compileAndRun, make, recipe } from 'binfarm';

export default recipe({
  name: 'lz4',
  summary: 'Very fast data compression, program and library',
  homepage: 'https://lz4.org',
  license: 'BSD-2-Clause AND GPL-2.0-or-later',
  category: 'compression',
  source: (version) => `https://github.com/lz4/lz4/archive/refs/tags/v${version}.tar.gz`,
  versions: {
    '1.9.4': {
      sha256: '0b0e3aa07c8c063ddf40b082bdf7e37a1562bda40a0ff5272957f3e987e0e54b',
      debian: 'lz4_1.9.4.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  build: make(({ prefix, isOn }) => [`PREFIX=${prefix}`, `BUILD_STATIC=${isOn('static') ? 'yes' : 'no'}`]),
  test: {
    program: ({ prefix }) => [
      { do: 'write', path: 'text', text: 'a text that is compressed\n' },
      [`${prefix}/bin/lz4`, '-9', 'text', 'text.lz4'],
      { do: 'remove', path: 'text' },
      [`${prefix}/bin/unlz4`, 'text.lz4', 'text'],
      ['grep', '--line-regexp', 'a text that is compressed', 'text'],
    ],
    links: (context) =>
      compileAndRun(context, {
        language: 'c',
        libraries: ['lz4'],
        text: `#include <lz4.h>
#include <string.h>
int main(void) {
  char text[1000], packed[1100], copy[1000];
  memset(text, 'x', sizeof text);
  const int size = LZ4_compress_default(text, packed, sizeof text, sizeof packed);
  if (size <= 0 || size > 50) return 1;
  if (LZ4_decompress_safe(packed, copy, size, sizeof copy) != sizeof copy) return 2;
  return memcmp(text, copy, sizeof text);
}
`,
      }),
  },
});
