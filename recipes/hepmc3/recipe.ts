import { cmake, compileAndRun, recipe } from 'binfarm';

/** Event files of the source archive that are of use to others: 1000 events of e+e- -> Z -> tau+tau-, 9 of minimum bias at 13 TeV. */
const events = { 'inputThreads1.hepmc': 'z-to-tau-tau.hepmc', 'inputIO6.hepmc': 'minimum-bias-13tev.hepmc' };

export default recipe({
  name: 'hepmc3',
  summary: 'Event record for Monte Carlo generators',
  homepage: 'https://hepmc.web.cern.ch',
  license: 'GPL-3.0-or-later',
  category: 'generator',
  source: (version) => `https://hepmc.web.cern.ch/hepmc/releases/HepMC3-${version}.tar.gz`,
  versions: {
    '3.1.2': {
      sha256: '4133074b3928252877982f3d4b4c6c750bb7a324eb6c7bb2afc6fa256da3ecc7',
      debian: 'hepmc3_3.1.2.orig.tar.gz',
    },
  },
  variants: {
    interfaces: { default: false, summary: 'Sources of interfaces to generators' },
    search: { default: true, summary: 'Library that finds particles and their relatives' },
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  depends: ['cmake@3.5: : build'],
  build: cmake(
    ({ on }) => [
      '-DHEPMC3_ENABLE_ROOTIO=OFF',
      `-DHEPMC3_ENABLE_SEARCH=${on('search')}`,
      `-DHEPMC3_INSTALL_INTERFACES=${on('interfaces')}`,
    ],
    {
      after: {
        install: ({ prefix, isOn }) => [
          ...Object.entries(events).map(
            ([from, to]) => ({ do: 'copy', from: `test/${from}`, to: `${prefix}/share/HepMC3/events/${to}` }) as const,
          ),
          ...(isOn('static') ? [] : [['find', `${prefix}/lib`, '-name', '*.a', '-delete']]),
        ],
      },
    },
  ),
  test: (context) => [
    [`${context.prefix}/bin/HepMC3-config`, '--version'],
    ...compileAndRun(context, {
      language: 'c++',
      libraries: ['HepMC3'],
      args: [`${context.prefix}/share/HepMC3/events/z-to-tau-tau.hepmc`],
      text: `#include <HepMC3/GenEvent.h>
#include <HepMC3/ReaderAsciiHepMC2.h>
int main(int, char **arguments) {
  HepMC3::ReaderAsciiHepMC2 reader(arguments[1]);
  HepMC3::GenEvent event;
  int events = 0;
  while (reader.read_event(event) && !reader.failed()) ++events;
  return events == 1000 ? 0 : 1;
}
`,
    }),
  ],
});
