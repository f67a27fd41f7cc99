import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'mpfr',
  summary: 'Floating-point numbers of any precision, correctly rounded',
  homepage: 'https://www.mpfr.org',
  license: 'LGPL-3.0-or-later',
  category: 'math',
  source: (version) => `https://www.mpfr.org/mpfr-${version}/mpfr-${version}.tar.xz`,
  versions: {
    '4.2.0': {
      sha256: '06a378df13501248c1b2db5aa977a2c8126ae849a9d9b7be2546fb4a9c26d993',
      debian: 'mpfr4_4.2.0.orig.tar.xz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  depends: ['gmp@5:'],
  build: autotools(({ dep }) => [`--with-gmp=${dep('gmp')}`, '--enable-thread-safe']),
  test: (context) =>
    compileAndRun(context, {
      language: 'c',
      libraries: ['mpfr', 'gmp'],
      text: `#include <stdio.h>
#include <string.h>
#include <mpfr.h>
int main(void) {
  char text[64];
  mpfr_t pi;
  mpfr_init2(pi, 200);
  mpfr_const_pi(pi, MPFR_RNDN);
  mpfr_snprintf(text, sizeof text, "%.40Rf", pi);
  return strcmp(text, "3.1415926535897932384626433832795028841972");
}
`,
    }),
});
