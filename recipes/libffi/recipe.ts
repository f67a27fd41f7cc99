import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'libffi',
  summary: 'Calls to functions whose signature is known only at run time',
  homepage: 'https://sourceware.org/libffi/',
  license: 'MIT',
  category: 'system',
  source: (version) => `https://github.com/libffi/libffi/releases/download/v${version}/libffi-${version}.tar.gz`,
  versions: {
    '3.4.4': {
      sha256: 'd66c56ad259a82cf2a9dfc408b32bf5da52371500b84745f7fb8b645712df676',
      debian: 'libffi_3.4.4.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  build: autotools(['--disable-docs', '--disable-multi-os-directory']),
  test: (context) =>
    compileAndRun(context, {
      language: 'c',
      libraries: ['ffi'],
      text: `#include <ffi.h>
static int add(int a, int b) { return a + b; }
int main(void) {
  ffi_cif cif;
  ffi_type *types[] = {&ffi_type_sint, &ffi_type_sint};
  int a = 40, b = 2;
  void *values[] = {&a, &b};
  ffi_arg sum;
  if (ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_sint, types) != FFI_OK) return 1;
  ffi_call(&cif, FFI_FN(add), &sum, values);
  return (int)sum != 42;
}
`,
    }),
});
