import { autotools, recipe } from 'binfarm';

export default recipe({
  name: 'xz',
  summary: 'LZMA data compression, programs and liblzma',
  homepage: 'https://tukaani.org/xz/',
  license: 'LicenseRef-public-domain AND LGPL-2.1-or-later AND GPL-2.0-or-later',
  category: 'compression',
  source: (version) => [
    `https://github.com/tukaani-project/xz/releases/download/v${version}/xz-${version}.tar.xz`,
    `https://tukaani.org/xz/xz-${version}.tar.xz`,
  ],
  versions: {
    '5.4.1': {
      sha256: '5d9827aa1875b21c288f78864bb26d2650b436ea8d2cad364e4921eb6266a5a5',
      debian: 'xz-utils_5.4.1.orig.tar.xz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  build: autotools(['--disable-doc', '--disable-nls']),
  test: ({ prefix }) => [
    { do: 'write', path: 'text', text: 'a text that is compressed\n' },
    [`${prefix}/bin/xz`, '--keep', '--check=sha256', 'text'],
    { do: 'remove', path: 'text' },
    [`${prefix}/bin/xz`, '--decompress', 'text.xz'],
    ['grep', '--line-regexp', 'a text that is compressed', 'text'],
    [`${prefix}/bin/xzdec`, '--version'],
  ],
});
