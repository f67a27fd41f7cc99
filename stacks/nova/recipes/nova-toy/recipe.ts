import { cmake, recipe } from 'binfarm';

export default recipe({
  name: 'nova-toy',
  summary: 'Jet analysis of the toy experiment nova',
  license: 'Apache-2.0',
  category: 'experiment',
  contact: 'the software manager of nova',
  source: { directory: './src' },
  versions: { '1.0.0': {} },
  depends: ['cmake@3.16: : build', 'fastjet@3.3:', 'hepmc3@3.1:', 'zlib@1.2:'],
  build: cmake([], { after: { build: [['make', 'test', 'ARGS=--output-on-failure']] } }),
  test: ({ prefix, dep }) => [
    [`${prefix}/bin/nova-analyse`, `${dep('hepmc3')}/share/HepMC3/events/z-to-tau-tau.hepmc`, '--output', 'z'],
    [`${prefix}/bin/nova-plot`, 'z/histograms.tsv.gz', '--output', 'again.svg'],
    ['cmp', 'z/plot.svg', 'again.svg'],
  ],
});
