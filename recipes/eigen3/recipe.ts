import { cmake, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'eigen3',
  summary: 'Linear algebra in C++ templates',
  homepage: 'https://eigen.tuxfamily.org',
  license: 'MPL-2.0 AND Apache-2.0 AND BSD-3-Clause',
  category: 'math',
  source: (version) => `https://gitlab.com/libeigen/eigen/-/archive/${version}/eigen-${version}.tar.bz2`,
  versions: {
    '3.4.0': {
      sha256: 'b4c198460eba6f28d34894e3a5710998818515104d6e74e5cc331ce31e46e626',
      debian: 'eigen3_3.4.0.orig.tar.bz2',
    },
  },
  depends: ['cmake@3.5: : build'],
  build: cmake(['-DBUILD_TESTING=OFF', '-DEIGEN_BUILD_DOC=OFF', '-DEIGEN_BUILD_PKGCONFIG=ON']),
  test: (context) =>
    compileAndRun(context, {
      language: 'c++',
      flags: [`-I${context.prefix}/include/eigen3`],
      text: `#include <Eigen/Dense>
int main() {
  Eigen::Matrix2d matrix;
  matrix << 2, 1, 1, 2;
  Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> solver(matrix);
  return solver.eigenvalues().isApprox(Eigen::Vector2d(1, 3)) ? 0 : 1;
}
`,
    }),
});
