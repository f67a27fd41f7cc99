import { cmake, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'googletest',
  summary: 'Tests and mock objects in C++',
  homepage: 'https://google.github.io/googletest/',
  license: 'BSD-3-Clause',
  category: 'development',
  source: (version) => `https://github.com/google/googletest/archive/refs/tags/release-${version}.tar.gz`,
  versions: {
    '1.12.1': {
      sha256: '81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2',
      debian: 'googletest_1.12.1.orig.tar.gz',
    },
  },
  depends: ['cmake@3.5: : build'],
  build: cmake(['-DBUILD_SHARED_LIBS=ON', '-DBUILD_GMOCK=ON']),
  test: (context) =>
    compileAndRun(context, {
      language: 'c++',
      libraries: ['gmock_main', 'gmock', 'gtest'],
      text: `#include <gmock/gmock.h>
struct Detector {
  virtual ~Detector() = default;
  virtual int hits() const = 0;
};
struct MockDetector : Detector {
  MOCK_METHOD(int, hits, (), (const, override));
};
TEST(Detector, CountsHits) {
  MockDetector detector;
  EXPECT_CALL(detector, hits()).WillOnce(testing::Return(3));
  EXPECT_EQ(detector.hits(), 3);
}
`,
    }),
});
