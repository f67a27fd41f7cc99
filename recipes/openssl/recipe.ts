import { compileAndRun, custom, recipe } from 'binfarm';

/** Makes a certificate by the default configuration, then shakes hands over a socket and checks the certificate on the way. */
const selfConnection = (prefix: string) => `
openssl=${prefix}/bin/openssl
$openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=binfarm
$openssl x509 -in cert.pem -noout -subject | grep -x 'subject=CN *= *binfarm'
$openssl s_server -unix socket -cert cert.pem -key key.pem -naccept 1 -tls1_3 -quiet </dev/null >server.log 2>&1 &
for attempt in 1 2 3 4 5 6 7 8 9 10; do test -S socket && break; sleep 0.2; done
$openssl s_client -unix socket -CAfile cert.pem -verify_return_error -brief </dev/null >client.log 2>&1 || { cat client.log; exit 1; }
grep -F 'Verification: OK' client.log
grep -F 'Protocol version: TLSv1.3' client.log
`;

export default recipe({
  name: 'openssl',
  summary: 'Cryptography and TLS, libraries and program',
  homepage: 'https://www.openssl.org',
  license: 'Apache-2.0',
  category: 'security',
  source: (version) => [
    `https://github.com/openssl/openssl/releases/download/openssl-${version}/openssl-${version}.tar.gz`,
    `https://www.openssl.org/source/openssl-${version}.tar.gz`,
  ],
  versions: {
    '3.0.22': {
      sha256: '67ebca7e50d17383028045486653492195b83db95f8558709701bb47b5c1ef81',
      debian: 'openssl_3.0.22.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static libraries beside the shared ones' },
  },
  conflicts: [{ spec: 'arch=aarch64', message: 'only the configuration for x86_64 is written down' }],
  build: custom({
    configure: ({ prefix }) => [
      [
        './Configure',
        'linux-x86_64',
        `--prefix=${prefix}`,
        '--libdir=lib',
        // certificates that it trusts are looked for there, or where SSL_CERT_FILE and SSL_CERT_DIR say
        `--openssldir=${prefix}/etc/ssl`,
        'shared',
        'no-zlib',
        'no-tests',
      ],
    ],
    build: [['make']],
    install: ({ prefix, isOn }) => [
      ['make', 'install_sw', 'install_ssldirs'],
      ...(isOn('static') ? [] : [['rm', `${prefix}/lib/libcrypto.a`, `${prefix}/lib/libssl.a`]]),
    ],
  }),
  test: {
    program: ({ prefix }) => [
      ['sh', '-ec', `test "$(realpath "$(${prefix}/bin/openssl version -d | cut -d '"' -f 2)")" = "${prefix}/etc/ssl"`],
      [
        'sh',
        '-ec',
        `test "$(realpath "$(${prefix}/bin/openssl version -m | cut -d '"' -f 2)")" = "${prefix}/lib/ossl-modules"`,
      ],
      ['sh', '-ec', `${prefix}/bin/openssl list -providers -provider legacy | grep -F 'OpenSSL Legacy Provider'`],
      ['sh', '-ec', selfConnection(prefix)],
    ],
    links: (context) =>
      compileAndRun(context, {
        language: 'c',
        libraries: ['ssl', 'crypto'],
        text: `#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <string.h>
int main(void) {
  unsigned char digest[32];
  unsigned int size = 0;
  if (EVP_Digest("abc", 3, digest, &size, EVP_sha256(), NULL) != 1 || size != 32) return 1;
  if (memcmp(digest, "\\xba\\x78\\x16\\xbf", 4) != 0) return 2;
  SSL_CTX *context = SSL_CTX_new(TLS_method());
  return context == NULL || OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL) != 1;
}
`,
      }),
  },
});
