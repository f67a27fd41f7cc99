import { autotools, compileAndRun, type RecipeContext, recipe, type Step } from 'binfarm';

/** What its configure would write into the library and that is another on every machine and day. */
const placesOfChance = {
  'UNAME_INFO=`uname -a`': 'UNAME_INFO=Linux',
  'CONFIG_DATE="`date`"': 'CONFIG_DATE=2000-01-01',
};

const program = `#include <hdf5.h>
int main(void) {
  const hsize_t size[1] = {1000}, chunk[1] = {100};
  int values[1000], copy[1000];
  for (int i = 0; i < 1000; i++) values[i] = i / 10;
  hid_t file = H5Fcreate("events.h5", H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  hid_t space = H5Screate_simple(1, size, NULL), how = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(how, 1, chunk);
  if (H5Pset_deflate(how, 6) < 0) return 1;
  hid_t set = H5Dcreate(file, "energies", H5T_STD_I32LE, space, H5P_DEFAULT, how, H5P_DEFAULT);
  if (H5Dwrite(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) return 2;
  if (H5Dread(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT, copy) < 0 || copy[999] != 99) return 3;
  if (H5Dget_storage_size(set) >= sizeof values) return 4;
  H5Dclose(set);
  return H5Fclose(file) < 0;
}
`;

/** The compiler wrapper finds headers, library and zlib where they are now, without a hint. */
function wrapper({ prefix }: RecipeContext): readonly Step[] {
  return [
    { do: 'write', path: 'events.c', text: program },
    [`${prefix}/bin/h5cc`, 'events.c', '-o', 'events'],
    ['@{build}/events'],
    ['sh', '-ec', `${prefix}/bin/h5dump -pH events.h5 | grep -F 'COMPRESSION DEFLATE { LEVEL 6 }'`],
    [`${prefix}/bin/h5ls`, 'events.h5'],
    [`${prefix}/bin/h5repack`, '-f', 'GZIP=9', 'events.h5', 'small.h5'],
    [`${prefix}/bin/h5diff`, 'events.h5', 'small.h5'],
  ];
}

export default recipe({
  name: 'hdf5',
  summary: 'Files of large arrays, with attributes and compression',
  homepage: 'https://www.hdfgroup.org/solutions/hdf5/',
  license: 'BSD-3-Clause',
  category: 'data-format',
  versions: {
    '1.10.8': {
      sha256: '7b38e58ff83b13fd8959a90b13bf896bc318ba096c940ab0847abf3ad41a0b31',
      debian: 'hdf5_1.10.8+repack1.orig.tar.gz',
    },
  },
  variants: {
    cxx: { default: true, summary: 'C++ library' },
    fortran: { default: false, summary: 'Fortran library' },
    static: { default: false, summary: 'Static libraries beside the shared ones' },
  },
  depends: ['zlib@1.2:'],
  build: autotools(
    ({ prefix, dep, enable }) => [
      `--with-zlib=${dep('zlib')}`,
      '--without-szlib',
      '--enable-hl',
      // instead of a folder of the machine, whose filters would be another's
      `--with-default-plugindir=${prefix}/lib/hdf5/plugin`,
      enable('cxx'),
      enable('fortran'),
      '--enable-build-mode=production',
      '--disable-tests',
    ],
    {
      prepare: [
        ...Object.entries(placesOfChance).map(
          ([find, replace]) => ({ do: 'edit', path: 'configure', find, replace }) as const,
        ),
        { do: 'edit', path: 'configure', find: '`whoami`@`hostname`', replace: 'binfarm' },
      ],
    },
  ),
  test: {
    wrapper,
    cxx: (context) =>
      context.isOn('cxx')
        ? compileAndRun(context, {
            language: 'c++',
            libraries: ['hdf5_cpp', 'hdf5'],
            text: `#include <H5Cpp.h>
int main() {
  H5::H5File file("events.h5", H5F_ACC_TRUNC);
  H5::Group group = file.createGroup("run");
  return file.getNumObjs() == 1 ? 0 : 1;
}
`,
          })
        : [['true']],
  },
});
