import { custom, recipe } from 'binfarm';

const soname = 'libbz2.so.1.0';
const library = 'libbz2.so.1.0.8';

export default recipe({
  name: 'bzip2',
  summary: 'Block-sorting data compression, program and library',
  homepage: 'https://sourceware.org/bzip2/',
  license: 'bzip2-1.0.6',
  category: 'compression',
  source: (version) => `https://sourceware.org/pub/bzip2/bzip2-${version}.tar.gz`,
  versions: {
    '1.0.8': {
      sha256: 'ab5a03176ee106d3f0fa90e381da478ddae405918153cca248e682cd0c4a2269',
      debian: 'bzip2_1.0.8.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  build: custom({
    prepare: [
      {
        do: 'edit',
        path: 'Makefile-libbz2_so',
        find: 'CFLAGS=-fpic -fPIC -Wall -Winline -O2 -g',
        replace: 'CFLAGS+=-fPIC',
      },
      { do: 'edit', path: 'Makefile', find: 'CFLAGS=-Wall -Winline -O2 -g', replace: 'CFLAGS+=-fPIC' },
      { do: 'edit', path: 'Makefile', find: 'ln -s -f $(PREFIX)/bin/', replace: 'ln -s -f ' },
      { do: 'edit', path: 'Makefile', find: '$(PREFIX)/man', replace: '$(PREFIX)/share/man' },
    ],
    build: [
      ['make', '-f', 'Makefile-libbz2_so'],
      ['make', 'libbz2.a', 'bzip2', 'bzip2recover'],
    ],
    install: ({ prefix, isOn }) => [
      ['make', 'install', `PREFIX=${prefix}`],
      // the program that uses the shared library, under its three names
      ['install', '-m', '755', 'bzip2-shared', `${prefix}/bin/bzip2`],
      ['ln', '-sf', 'bzip2', `${prefix}/bin/bunzip2`],
      ['ln', '-sf', 'bzip2', `${prefix}/bin/bzcat`],
      ['install', '-m', '755', library, `${prefix}/lib/${library}`],
      ['ln', '-s', library, `${prefix}/lib/${soname}`],
      ['ln', '-s', library, `${prefix}/lib/libbz2.so`],
      ...(isOn('static') ? [] : [{ do: 'remove', path: `${prefix}/lib/libbz2.a` } as const]),
    ],
  }),
  test: ({ prefix }) => [
    { do: 'write', path: 'text', text: 'a text that is compressed\n' },
    [`${prefix}/bin/bzip2`, '--keep', 'text'],
    [`${prefix}/bin/bunzip2`, '--test', 'text.bz2'],
    { do: 'remove', path: 'text' },
    [`${prefix}/bin/bunzip2`, 'text.bz2'],
    ['grep', '--line-regexp', 'a text that is compressed', 'text'],
  ],
});
