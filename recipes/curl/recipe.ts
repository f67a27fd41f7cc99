import { autotools, compileAndRun, type RecipeContext, recipe } from 'binfarm';

/** Fetches a file over TLS from a server of its own, and refuses the server when it is not trusted. */
const fetchOverTls = ({ prefix, dep }: RecipeContext) => `
openssl=${dep('openssl')}/bin/openssl
$openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost
echo 'a text that is fetched' >text
$openssl s_server -accept 4433 -cert cert.pem -key key.pem -WWW -quiet >server.log 2>&1 &
fetch() { ${prefix}/bin/curl --silent --show-error --http1.0 --retry 10 --retry-connrefused --retry-delay 1 "$@" https://localhost:4433/text; }
test "$(fetch --cacert cert.pem)" = 'a text that is fetched'
if fetch; then exit 1; else test $? = 60; fi
kill $!
`;

export default recipe({
  name: 'curl',
  summary: 'Transfers by URL, program and library',
  homepage: 'https://curl.se',
  license: 'curl',
  category: 'network',
  source: (version) => `https://curl.se/download/curl-${version}.tar.gz`,
  versions: {
    '7.88.1': {
      sha256: 'cdb38b72e36bc5d33d5b8810f8018ece1baa29a8f215b4495e495ded82bbf3c7',
      debian: 'curl_7.88.1.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static library beside the shared one' },
  },
  depends: ['openssl@1.1.1:', 'zlib@1.2:'],
  build: autotools(({ dep }) => [
    `--with-openssl=${dep('openssl')}`,
    `--with-zlib=${dep('zlib')}`,
    // which certificates are trusted is what openssl says: SSL_CERT_FILE, SSL_CERT_DIR, or its own folder
    '--without-ca-bundle',
    '--without-ca-path',
    '--with-ca-fallback',
    '--disable-ldap',
    '--disable-manual',
    '--without-brotli',
    '--without-gssapi',
    '--without-libidn2',
    '--without-libpsl',
    '--without-librtmp',
    '--without-libssh2',
    '--without-nghttp2',
    '--without-zstd',
  ]),
  test: {
    program: (context) => [
      ['sh', '-ec', `test "$(${context.prefix}/bin/curl-config --prefix)" = ${context.prefix}`],
      ['sh', '-ec', fetchOverTls(context)],
    ],
    links: (context) =>
      compileAndRun(context, {
        language: 'c',
        libraries: ['curl'],
        text: `#include <curl/curl.h>
int main(void) {
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  return curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(info->features & CURL_VERSION_SSL) || !(info->features & CURL_VERSION_LIBZ);
}
`,
      }),
  },
});
