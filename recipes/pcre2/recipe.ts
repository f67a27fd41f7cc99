import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'pcre2',
  summary: 'Regular expressions as in Perl',
  homepage: 'https://www.pcre.org',
  license: 'BSD-3-Clause',
  category: 'text',
  source: (version) =>
    `https://github.com/PCRE2Project/pcre2/releases/download/pcre2-${version}/pcre2-${version}.tar.gz`,
  versions: {
    '10.42': {
      sha256: 'c33b418e3b936ee3153de2c61cc638e7e4fe3156022a5c77d0711bcbb9d64f1f',
      debian: 'pcre2_10.42.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static libraries beside the shared ones' },
    wide: { default: false, summary: 'Libraries for texts of 16 and 32 bits too' },
  },
  build: autotools(({ enable }) => [
    '--enable-jit',
    enable('wide', 'pcre2-16'),
    enable('wide', 'pcre2-32'),
    '--disable-pcre2grep-libz',
    '--disable-pcre2grep-libbz2',
    '--disable-pcre2test-libreadline',
    '--disable-pcre2test-libedit',
  ]),
  test: {
    programs: ({ prefix }) => [
      ['sh', '-ec', `test "$(${prefix}/bin/pcre2-config --prefix)" = ${prefix}`],
      { do: 'write', path: 'text', text: 'zlib 1.2.13\nxz 5.4.1\n' },
      ['sh', '-ec', `test "$(${prefix}/bin/pcre2grep -o '(?<=xz )\\d+' text)" = 5`],
    ],
    links: (context) =>
      compileAndRun(context, {
        language: 'c',
        libraries: ['pcre2-8'],
        text: `#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
int main(void) {
  int error;
  PCRE2_SIZE place;
  pcre2_code *code = pcre2_compile((PCRE2_SPTR) "(\\\\w+)@\\\\1", PCRE2_ZERO_TERMINATED, 0, &error, &place, NULL);
  if (code == NULL || pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0) return 1;
  pcre2_match_data *match = pcre2_match_data_create_from_pattern(code, NULL);
  return pcre2_match(code, (PCRE2_SPTR) "a@b b@b", 7, 0, 0, match, NULL) != 2;
}
`,
      }),
  },
});
