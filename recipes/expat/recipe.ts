import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'expat',
  summary: 'Stream-oriented XML parser',
  homepage: 'https://libexpat.github.io',
  license: 'MIT',
  category: 'data-format',
  source: (version) =>
    `https://github.com/libexpat/libexpat/archive/refs/tags/R_${version.replaceAll('.', '_')}.tar.gz`,
  versions: {
    '2.5.0': {
      sha256: 'ab00ee05c7067fd10a35c5d2a4922ebba746ddd50ff83b79c828da17bbdf1757',
      debian: 'expat_2.5.0.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  depends: ['autoconf@2.69: : build', 'automake@1.15: : build', 'libtool@2.4: : build'],
  build: autotools(['--without-docbook', '--without-examples', '--without-tests'], {
    directory: 'expat',
    prepare: [['./buildconf.sh']],
  }),
  test: (context) => [
    ...compileAndRun(context, {
      language: 'c',
      libraries: ['expat'],
      text: `#include <expat.h>
#include <string.h>
static int elements;
static void start(void *data, const XML_Char *name, const XML_Char **attributes) { elements++; }
int main(void) {
  const char text[] = "<stack><package/><package/></stack>";
  XML_Parser parser = XML_ParserCreate(NULL);
  XML_SetStartElementHandler(parser, start);
  if (XML_Parse(parser, text, (int)strlen(text), 1) != XML_STATUS_OK) return 1;
  XML_ParserFree(parser);
  return elements != 3;
}
`,
    }),
    { do: 'write', path: 'good.xml', text: '<a><b/></a>\n' },
    [`${context.prefix}/bin/xmlwf`, 'good.xml'],
  ],
});
