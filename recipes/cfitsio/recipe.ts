import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'cfitsio',
  summary: 'Files of astronomy: images and tables in FITS',
  homepage: 'https://heasarc.gsfc.nasa.gov/fitsio/',
  license: 'CFITSIO',
  category: 'data-format',
  source: (version) => `https://heasarc.gsfc.nasa.gov/FTP/software/fitsio/c/cfitsio-${version}.tar.gz`,
  versions: {
    '4.2.0': {
      sha256: 'eba53d1b3f6e345632bb09a7b752ec7ced3d63ec5153a848380f3880c5d61889',
      debian: 'cfitsio_4.2.0.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  depends: ['zlib@1.2:'],
  build: autotools(['--disable-curl', '--enable-reentrant'], {
    after: {
      build: [['make', 'fpack', 'funpack']],
      install: ({ prefix, isOn }) => (isOn('static') ? [] : [{ do: 'remove', path: `${prefix}/lib/libcfitsio.a` }]),
    },
  }),
  test: (context) => [
    ...compileAndRun(context, {
      language: 'c',
      libraries: ['cfitsio'],
      text: `#include <fitsio.h>
int main(void) {
  fitsfile *file;
  int status = 0;
  long size[2] = {100, 100};
  short pixels[10000];
  for (int i = 0; i < 10000; i++) pixels[i] = (short)(i / 100);
  fits_create_file(&file, "image.fits", &status);
  fits_create_img(file, SHORT_IMG, 2, size, &status);
  fits_write_img(file, TSHORT, 1, 10000, pixels, &status);
  fits_close_file(file, &status);
  return status;
}
`,
    }),
    [`${context.prefix}/bin/fpack`, 'image.fits'],
    [`${context.prefix}/bin/funpack`, '-O', 'copy.fits', 'image.fits.fz'],
    // the pixels are behind the header, whose comments may differ
    ['cmp', '--ignore-initial=2880', 'image.fits', 'copy.fits'],
  ],
});
