import { custom, type RecipeContext, recipe } from 'binfarm';

/** What its makefiles would otherwise look for on the machine is said. */
const features = ({ is }: RecipeContext) => [
  `HAVE_ZLIB=${is('+zlib') ? 1 : 0}`,
  'HAVE_LZMA=0',
  'HAVE_LZ4=0',
  'HAVE_THREAD=1',
];

export default recipe({
  name: 'zstd',
  summary: 'Fast data compression, program and library',
  homepage: 'https://facebook.github.io/zstd/',
  license: 'BSD-3-Clause OR GPL-2.0-only',
  category: 'compression',
  versions: {
    '1.5.4': {
      sha256: '8cf4bbb65e77ec348d052c8d6230eba66d435bddf64c8b5be2fcb16880c19953',
      debian: 'libzstd_1.5.4+dfsg2.orig.tar.xz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
    zlib: { default: false, summary: 'The program reads and writes gzip files too' },
  },
  depends: [{ spec: 'zlib@1.2:', when: '+zlib' }],
  build: custom({
    build: (context) => [
      ['make', '-C', 'lib', 'libzstd', 'libzstd.pc', `PREFIX=${context.prefix}`],
      ...(context.is('+static') ? [['make', '-C', 'lib', 'libzstd.a']] : []),
      ['make', '-C', 'programs', 'zstd-release', ...features(context)],
    ],
    install: (context) => [
      ['make', '-C', 'lib', 'install-pc', 'install-shared', 'install-includes', `PREFIX=${context.prefix}`],
      ...(context.is('+static') ? [['make', '-C', 'lib', 'install-static', `PREFIX=${context.prefix}`]] : []),
      ['make', '-C', 'programs', 'install', `PREFIX=${context.prefix}`, ...features(context)],
    ],
  }),
  test: ({ prefix, is }) => [
    { do: 'write', path: 'text', text: 'a text that is compressed\n' },
    [`${prefix}/bin/zstd`, '-19', 'text'],
    [`${prefix}/bin/zstd`, '--test', 'text.zst'],
    { do: 'remove', path: 'text' },
    [`${prefix}/bin/unzstd`, 'text.zst'],
    ['grep', '--line-regexp', 'a text that is compressed', 'text'],
    ...(is('+zlib') ? [[`${prefix}/bin/zstd`, '--format=gzip', 'text']] : []),
  ],
});
