/** Identifiers of the SPDX list that scientific software comes under. */
const identifiers = new Set(
  `0BSD AAL AFL-2.1 AFL-3.0 AGPL-3.0-only AGPL-3.0-or-later ANTLR-PD Apache-1.0 Apache-1.1 Apache-2.0 APSL-2.0 Artistic-1.0 Artistic-1.0-Perl
  Artistic-1.0-cl8 Artistic-2.0 Beerware BSD-1-Clause BSD-2-Clause BSD-2-Clause-Patent BSD-2-Clause-Views BSD-3-Clause
  BSD-3-Clause-Attribution BSD-3-Clause-Clear BSD-3-Clause-LBNL BSD-3-Clause-Modification BSD-3-Clause-No-Nuclear-License BSD-3-Clause-Open-MPI
  BSD-4-Clause BSD-4-Clause-UC BSD-Protection BSD-Source-Code BSL-1.0 bzip2-1.0.6 CAL-1.0 CC-BY-3.0 CC-BY-4.0 CC-BY-NC-4.0 CC-BY-NC-SA-4.0
  CC-BY-SA-3.0 CC-BY-SA-4.0 CC0-1.0 CDDL-1.0 CDDL-1.1 CECILL-1.0 CECILL-1.1 CECILL-2.0 CECILL-2.1 CECILL-B CECILL-C ClArtistic CNRI-Python CPL-1.0
  curl ECL-2.0 EFL-2.0 EPL-1.0 EPL-2.0 EUDatagrid EUPL-1.1 EUPL-1.2 FSFAP FSFUL FSFULLR FTL GD GFDL-1.2-or-later GFDL-1.3-only GFDL-1.3-or-later
  GL2PS GPL-1.0-only GPL-1.0-or-later GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later HPND HPND-sell-variant IBM-pibs ICU IJG ImageMagick Info-ZIP
  Intel IPA IPL-1.0 ISC JasPer-2.0 JSON LGPL-2.0-only LGPL-2.0-or-later LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later
  libpng-2.0 Libpng libselinux-1.0 libtiff LPPL-1.2 LPPL-1.3a LPPL-1.3c LZMA-SDK-9.22 MIT MIT-0 MIT-advertising MIT-CMU MIT-feh MIT-Modern-Variant
  MITNFA mpi-permissive mpich2 MPL-1.0 MPL-1.1 MPL-2.0 MPL-2.0-no-copyleft-exception MS-PL MS-RL MulanPSL-2.0 NAIST-2003 NASA-1.3 NCSA Net-SNMP NetCDF
  NIST-PD NIST-Software Nokia NOSL NPL-1.1 NRL NTP OFL-1.0 OFL-1.1 OGC-1.0 OLDAP-2.8 OpenSSL OSL-3.0 PDDL-1.0 PHP-3.0 PHP-3.01 Plexus PostgreSQL
  PSF-2.0 psfrag psutils Python-2.0 Python-2.0.1 Qhull QPL-1.0 Ruby SGI-B-2.0 SISSL Sleepycat SMLNJ Spencer-94 Spencer-99 SSPL-1.0 SunPro TCL TCP-wrappers TMate
  TORQUE-1.1 UCAR Unicode-3.0 Unicode-DFS-2015 Unicode-DFS-2016 Unicode-TOU Unlicense UPL-1.0 Vim VOSTROM W3C WTFPL X11 Xerox XFree86-1.1 xinetd xpp
  Zed Zend-2.0 Zlib zlib-acknowledgement ZPL-2.0 ZPL-2.1`.split(/\s+/),
);

const exceptions = new Set(
  `Autoconf-exception-2.0 Autoconf-exception-3.0 Bison-exception-2.2 Bootloader-exception Classpath-exception-2.0 CLISP-exception-2.0
  eCos-exception-2.0 FLTK-exception Font-exception-2.0 GCC-exception-2.0 GCC-exception-3.1 GPL-3.0-linking-exception Libtool-exception
  Linux-syscall-note LLVM-exception mif-exception OCaml-LGPL-linking-exception OpenJDK-assembly-exception-1.0 openvpn-openssl-exception
  Qt-GPL-exception-1.0 Qt-LGPL-exception-1.1 Swift-exception u-boot-exception-2.0 Universal-FOSS-exception-1.0 WxWindows-exception-3.1`.split(
    /\s+/,
  ),
);

/** What is wrong with the licence of a package: a text for people; undefined when nothing is. */
export function licenseFault(expression: string): string | undefined {
  const words = expression.match(/[()]|[^\s()]+/g) ?? [];
  if (!isWellFormed(words)) return `"${expression}" is no SPDX expression`;
  for (const [index, word] of words.entries()) {
    if (/^(?:[()]|AND|OR|WITH)$/.test(word)) continue;
    const fault = words[index - 1] === 'WITH' ? exceptionFault(word) : identifierFault(word);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Licences with AND, OR, WITH between them, and brackets around. */
function isWellFormed(words: readonly string[]): boolean {
  const operators = new Set(['AND', 'OR', 'WITH']);
  let depth = 0;
  let wantsLicense = true;
  for (const word of words) {
    const endsPart = word === ')' || operators.has(word);
    if (endsPart === wantsLicense) return false;
    if (word === '(') depth += 1;
    else if (word === ')') depth -= 1;
    else wantsLicense = operators.has(word);
    if (depth < 0) return false;
  }
  return depth === 0 && !wantsLicense;
}

function identifierFault(word: string): string | undefined {
  if (/^(?:DocumentRef-[\w.-]+:)?LicenseRef-[\w.-]+$/.test(word)) return undefined;
  const plain = word.replace(/\+$/, '');
  if (identifiers.has(plain)) return undefined;
  if (/^(?:[AL]?GPL|GFDL)-\d\.\d$/.test(plain)) return `"${word}" says neither "${plain}-only" nor "${plain}-or-later"`;
  const same = [...identifiers].find((known) => known.toLowerCase() === plain.toLowerCase());
  return same === undefined
    ? `"${word}" is not among the SPDX identifiers that binfarm knows; what is in no list is "LicenseRef-${word}"`
    : `"${word}" is written "${same}"`;
}

function exceptionFault(word: string): string | undefined {
  return exceptions.has(word) ? undefined : `"${word}" is not among the SPDX exceptions that binfarm knows`;
}
