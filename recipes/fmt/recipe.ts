import { cmake, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'fmt',
  summary: 'Formatting of text in C++',
  homepage: 'https://fmt.dev',
  license: 'MIT',
  category: 'text',
  versions: {
    '9.1.0': {
      sha256: '84ce1c2d0be3a9863935137969dcec6970125caac032f82474640bfc81463583',
      debian: 'fmtlib_9.1.0+ds1.orig.tar.gz',
    },
  },
  depends: ['cmake@3.1: : build'],
  build: cmake(['-DBUILD_SHARED_LIBS=ON', '-DFMT_DOC=OFF', '-DFMT_TEST=OFF']),
  test: (context) =>
    compileAndRun(context, {
      language: 'c++',
      libraries: ['fmt'],
      text: `#include <fmt/format.h>
int main() {
  return fmt::format("{:>8.3f}|{}", 125.0901, "GeV") == " 125.090|GeV" ? 0 : 1;
}
`,
    }),
});
