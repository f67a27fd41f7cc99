import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'libxml2',
  summary: 'XML parser with XPath, schemas and catalogues',
  homepage: 'https://gitlab.gnome.org/GNOME/libxml2',
  license: 'MIT',
  category: 'data-format',
  versions: {
    '2.9.14': {
      sha256: '4fe913dec8b1ab89d13b489b419a8203176ea39e931eaa0d25b17eafb9c279e9',
      debian: 'libxml2_2.9.14+dfsg.orig.tar.xz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  depends: ['xz@5:', 'zlib@1.2:'],
  build: autotools(
    ({ dep }) => [
      `--with-zlib=${dep('zlib')}`,
      `--with-lzma=${dep('xz')}`,
      '--without-icu',
      '--without-python',
      '--without-readline',
      '--without-history',
    ],
    // pages of documentation, ten times as large as the library
    { after: { install: ({ prefix }) => [{ do: 'remove', path: `${prefix}/share/gtk-doc` }] } },
  ),
  test: {
    programs: ({ prefix }) => [
      [`${prefix}/bin/xmllint`, '--version'],
      ['sh', '-ec', `test "$(${prefix}/bin/xml2-config --prefix)" = "${prefix}"`],
      { do: 'write', path: 'stack.xml', text: '<stack><package name="zlib"/><package name="xz"/></stack>\n' },
      ['sh', '-ec', `test "$(${prefix}/bin/xmllint --xpath 'string(//package[2]/@name)' stack.xml)" = xz`],
      ['gzip', '--keep', 'stack.xml'],
      ['xz', '--keep', 'stack.xml'],
      [`${prefix}/bin/xmllint`, '--noout', 'stack.xml.gz'],
      [`${prefix}/bin/xmllint`, '--noout', 'stack.xml.xz'],
    ],
    links: (context) =>
      compileAndRun(context, {
        language: 'c',
        flags: [`-I${context.prefix}/include/libxml2`],
        libraries: ['xml2'],
        text: `#include <libxml/parser.h>
#include <libxml/xpath.h>
int main(void) {
  LIBXML_TEST_VERSION
  xmlDocPtr document = xmlReadMemory("<a><b/><b/></a>", 15, "a.xml", NULL, 0);
  if (document == NULL) return 1;
  xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST "//b", xmlXPathNewContext(document));
  return found == NULL || found->nodesetval->nodeNr != 2;
}
`,
      }),
  },
});
