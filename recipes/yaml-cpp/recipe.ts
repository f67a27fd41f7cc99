import { cmake, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'yaml-cpp',
  summary: 'YAML parser and emitter in C++',
  homepage: 'https://github.com/jbeder/yaml-cpp',
  license: 'MIT',
  category: 'data-format',
  versions: {
    '0.7.0': {
      sha256: 'dc63708605404e0b963e0ca3a9619d1c8270eda2839603e6fa0384e5e51e5312',
      debian: 'yaml-cpp_0.7.0+dfsg.orig.tar.xz',
    },
  },
  depends: ['cmake@3.4: : build'],
  build: cmake(['-DYAML_BUILD_SHARED_LIBS=ON', '-DYAML_CPP_BUILD_TESTS=OFF', '-DYAML_CPP_BUILD_TOOLS=OFF']),
  test: (context) =>
    compileAndRun(context, {
      language: 'c++',
      libraries: ['yaml-cpp'],
      text: `#include <yaml-cpp/yaml.h>
int main() {
  const YAML::Node stack = YAML::Load("sets: {math: [gsl, eigen3]}");
  return stack["sets"]["math"][1].as<std::string>() == "eigen3" ? 0 : 1;
}
`,
    }),
});
