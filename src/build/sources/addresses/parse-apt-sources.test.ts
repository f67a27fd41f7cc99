import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderAptBases, parseDeb822Sources, parseOneLineSources } from './parse-apt-sources.ts';

const lines: readonly (readonly [says: string, line: string, uris: readonly string[]])[] = [
  ['a plain line', 'deb http://deb.example.org/debian bookworm main', ['http://deb.example.org/debian']],
  [
    'options in brackets',
    'deb [ arch=amd64 signed-by=/k.gpg ] http://a.example.org/debian/ bookworm main # x',
    ['http://a.example.org/debian'],
  ],
  ['a source line', 'deb-src https://a.example.org/debian bookworm main contrib', ['https://a.example.org/debian']],
  ['a folder', 'deb file:/srv/debian bookworm main', ['file:/srv/debian']],
  ['a comment', '# deb http://a.example.org/debian bookworm main', []],
  ['a CD', 'deb cdrom:[Debian]/ bookworm main', []],
  ['a list of mirrors', 'deb mirror+file:/etc/apt/mirrors.txt bookworm main', []],
  ['a flat archive, which has no pool', 'deb http://a.example.org/apt ./', []],
  ['an archive without main', 'deb http://a.example.org/apt stable tools', []],
  ['nonsense', 'deb', []],
];

for (const [says, line, uris] of lines) {
  test(`parseOneLineSources reads ${says}`, () => {
    const bases = parseOneLineSources(`\n${line}\n`);
    assert.deepEqual(
      bases.map(({ uri }) => uri),
      uris,
    );
  });
}

const stanzas: readonly (readonly [says: string, text: string, uris: readonly string[]])[] = [
  [
    'a stanza with a comment in it and several addresses',
    'Types: deb\n# URIs: http://old.example.org/debian\nURIs: http://a.example.org/debian/ https://b.example.org/debian\nSuites: bookworm bookworm-updates\nComponents: main',
    ['http://a.example.org/debian', 'https://b.example.org/debian'],
  ],
  [
    'fields that go on in the next line, in any case of letters',
    'types: deb deb-src\nuris:\n http://a.example.org/debian\n http://b.example.org/debian\nsuites: sid\ncomponents: main',
    ['http://a.example.org/debian', 'http://b.example.org/debian'],
  ],
  [
    'a stanza that is switched off',
    'Types: deb\nEnabled: no\nURIs: http://a.example.org/debian\nSuites: sid\nComponents: main',
    [],
  ],
  ['another protocol', 'Types: deb\nURIs: tor+http://a.example.org/debian\nSuites: sid\nComponents: main', []],
  ['a flat archive', 'Types: deb\nURIs: http://a.example.org/apt\nSuites: ./', []],
];

for (const [says, text, uris] of stanzas) {
  test(`parseDeb822Sources reads ${says}`, () => {
    assert.deepEqual(
      parseDeb822Sources(text).map(({ uri }) => uri),
      uris,
    );
  });
}

test('parseDeb822Sources keeps stanzas apart', () => {
  const stanza = (host: string) => `Types: deb\nURIs: http://${host}/debian\nSuites: sid\nComponents: main\n`;
  const bases = parseDeb822Sources(`${stanza('a')}\n${stanza('b')} \n\n${stanza('c')}`);
  assert.deepEqual(
    bases.map(({ uri }) => uri),
    ['http://a/debian', 'http://b/debian', 'http://c/debian'],
  );
});

test('orderAptBases names each base once, with all its components, and those with only security updates last', () => {
  const bases = orderAptBases([
    ...parseOneLineSources('deb http://s.example.org/debian-security bookworm-security main'),
    ...parseOneLineSources('deb http://a.example.org/debian bookworm-security main'),
    ...parseOneLineSources('deb http://a.example.org/debian bookworm main contrib'),
  ]);
  assert.deepEqual(bases, [
    { uri: 'http://a.example.org/debian', components: ['main', 'contrib'], securityOnly: false },
    { uri: 'http://s.example.org/debian-security', components: ['main'], securityOnly: true },
  ]);
});

test('the parsers of apt configuration throw at nothing', () => {
  const piece = fc.constantFrom(
    'deb',
    'deb822',
    ' ',
    '\n',
    '\n\n',
    '[',
    ']',
    'URIs:',
    'Types: deb',
    'http://a/',
    'main',
    '#',
    ':',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
      const text = pieces.join('');
      orderAptBases([...parseOneLineSources(text), ...parseDeb822Sources(text)]);
    }),
  );
});
