import { cmake, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'clhep',
  summary: 'Class library for high energy physics: vectors, random numbers, units',
  homepage: 'https://proj-clhep.web.cern.ch',
  license: 'LGPL-3.0-or-later',
  category: 'math',
  versions: {
    '2.1.4.1': {
      sha256: '5fa203ade32adda9b70b994569cfb8b7ebb8ba556826a79cd888288d3f7cf5d9',
      debian: 'clhep_2.1.4.1+dfsg.orig.tar.gz',
    },
  },
  depends: ['cmake@2.8: : build'],
  build: cmake(),
  test: (context) =>
    compileAndRun(context, {
      language: 'c++',
      libraries: ['CLHEP'],
      text: `#include <CLHEP/Random/MTwistEngine.h>
#include <CLHEP/Vector/LorentzVector.h>
#include <cmath>
int main() {
  CLHEP::HepLorentzVector boson = CLHEP::HepLorentzVector(0, 30, 40, 50) + CLHEP::HepLorentzVector(0, -30, -40, 50);
  CLHEP::MTwistEngine engine(1);
  const double number = engine.flat();
  return std::abs(boson.m() - 100) < 1e-9 && number > 0 && number < 1 ? 0 : 1;
}
`,
    }),
});
