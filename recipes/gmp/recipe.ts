import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'gmp',
  summary: 'Arithmetic with numbers of any size',
  homepage: 'https://gmplib.org',
  license: 'LGPL-3.0-or-later OR GPL-2.0-or-later',
  category: 'math',
  versions: {
    '6.2.1': {
      sha256: '471b9e463e04362a0124f215afc5f0a4b99caedeeb62634c61bbc12988efa64c',
      debian: 'gmp_6.2.1+dfsg1.orig.tar.xz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static libraries beside the shared ones' },
  },
  depends: ['m4@1.4: : build'],
  // with code for all processors of the kind, instead of only for that of the machine that builds
  build: autotools(['--enable-cxx', '--enable-fat'], {
    prepare: [
      // the archive comes without its documentation
      {
        do: 'write',
        path: 'doc/Makefile.in',
        text: 'all install check clean distclean:\n\t@true\n.PHONY: all install check clean distclean\n',
      },
    ],
  }),
  test: (context) =>
    compileAndRun(context, {
      language: 'c++',
      libraries: ['gmpxx', 'gmp'],
      text: `#include <gmpxx.h>
int main() {
  mpz_class number = 1;
  for (int factor = 2; factor <= 30; ++factor) number *= factor;
  return number.get_str() == "265252859812191058636308480000000" ? 0 : 1;
}
`,
    }),
});
