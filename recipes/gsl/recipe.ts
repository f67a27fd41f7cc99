import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'gsl',
  summary: 'GNU Scientific Library: numerical methods in C',
  homepage: 'https://www.gnu.org/software/gsl/',
  license: 'GPL-3.0-or-later',
  category: 'math',
  versions: {
    '2.7.1': {
      sha256: 'e560d6b9c6e254e46769bbb03583c00ecafbdd51b062c55db23b3b9612868567',
      debian: 'gsl_2.7.1+dfsg.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static libraries beside the shared ones' },
  },
  build: autotools([], {
    // the archive comes without its documentation
    prepare: [{ do: 'edit', path: 'Makefile.in', find: ' splinalg doc', replace: ' splinalg' }],
  }),
  test: (context) => [
    ...compileAndRun(context, {
      language: 'c',
      libraries: ['gsl', 'gslcblas', 'm'],
      text: `#include <gsl/gsl_sf_bessel.h>
#include <math.h>
int main(void) { return fabs(gsl_sf_bessel_J0(5.0) + 0.17759677131433830) > 1e-12; }
`,
    }),
    [`${context.prefix}/bin/gsl-config`, '--version'],
  ],
});
