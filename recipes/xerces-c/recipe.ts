import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'xerces-c',
  summary: 'Validating XML parser in C++',
  homepage: 'https://xerces.apache.org/xerces-c/',
  license: 'Apache-2.0',
  category: 'data-format',
  versions: {
    '3.2.4': {
      sha256: 'cf5b5d5fda86061a49bd5f58ef778aa9d7caba30c6b152a5d57c5ff545f50f2c',
      debian: 'xerces-c_3.2.4+debian.orig.tar.xz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  build: autotools([
    '--disable-netaccessor-curl',
    '--enable-netaccessor-socket',
    '--enable-transcoder-gnuiconv',
    '--enable-msgloader-inmemory',
  ]),
  test: {
    programs: ({ prefix }) => [
      { do: 'write', path: 'detector.xml', text: '<detector><layer/><layer/></detector>\n' },
      ['sh', '-ec', `${prefix}/bin/SAXCount detector.xml | grep -F '3 elems'`],
    ],
    links: (context) =>
      compileAndRun(context, {
        language: 'c++',
        libraries: ['xerces-c'],
        text: `#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/parsers/XercesDOMParser.hpp>
#include <xercesc/util/PlatformUtils.hpp>
int main() {
  xercesc::XMLPlatformUtils::Initialize();
  const char text[] = "<detector><layer/><layer/></detector>";
  xercesc::MemBufInputSource source(reinterpret_cast<const XMLByte *>(text), sizeof text - 1, "detector");
  xercesc::XercesDOMParser parser;
  parser.parse(source);
  return parser.getDocument()->getDocumentElement()->getChildElementCount() == 2 ? 0 : 1;
}
`,
      }),
  },
});
