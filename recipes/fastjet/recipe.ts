import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'fastjet',
  summary: 'Jet finding in particle collisions',
  homepage: 'https://fastjet.fr',
  license: 'GPL-2.0-or-later',
  category: 'analysis',
  versions: {
    '3.4.0': {
      sha256: '0a4a256235f1b5262d90dcef379b86f2981a08590e8779e163398b6cbfc0eb7e',
      debian: 'fastjet_3.4.0+dfsg.orig.tar.xz',
    },
  },
  variants: {
    plugins: { default: true, summary: 'Jet algorithms of experiments of the past' },
    static: { default: false, summary: 'Static libraries beside the shared ones' },
  },
  depends: ['autoconf@2.63: : build', 'automake@1.11: : build', 'libtool@2.2: : build'],
  build: autotools(
    ({ enable }) => [enable('plugins', 'allplugins'), '--disable-siscone', '--disable-auto-ptr', '--disable-debug'],
    {
      // the archive comes without SISCone and without a configure script
      prepare: [
        { do: 'edit', path: 'configure.ac', find: 'AC_CONFIG_SUBDIRS(plugins/SISCone/siscone)', replace: '' },
        {
          do: 'edit',
          path: 'plugins/SISCone/Makefile.am',
          find: 'SUBDIRS = siscone fastjet .',
          replace: 'SUBDIRS = fastjet .',
        },
        ['autoreconf', '-fi'],
      ],
    },
  ),
  test: (context) => [
    [`${context.prefix}/bin/fastjet-config`, '--version'],
    ...compileAndRun(context, {
      language: 'c++',
      libraries: ['fastjet', 'fastjettools'],
      text: `#include <fastjet/ClusterSequence.hh>
#include <cmath>
#include <vector>
int main() {
  const std::vector<fastjet::PseudoJet> particles = {{99, 0.1, 0, 100}, {4, -0.1, 0, 5}, {-99, 0, 0, 99}};
  const fastjet::ClusterSequence sequence(particles, fastjet::JetDefinition(fastjet::antikt_algorithm, 0.7));
  const auto jets = fastjet::sorted_by_pt(sequence.inclusive_jets());
  return jets.size() == 2 && std::abs(jets[0].pt() - 103) < 1e-9 ? 0 : 1;
}
`,
    }),
  ],
});
