import { autotools, compileAndRun, recipe } from 'binfarm';

/** The names without "w", by which most programs ask for these libraries. */
const plainNames = ['form', 'menu', 'ncurses', 'panel', 'tinfo'];

export default recipe({
  name: 'ncurses',
  summary: 'Text windows on any terminal, and the database of terminals',
  homepage: 'https://invisible-island.net/ncurses/',
  license: 'X11-distribute-modifications-variant',
  category: 'system',
  source: (version) => [
    `https://ftp.gnu.org/gnu/ncurses/ncurses-${version}.tar.gz`,
    `https://invisible-mirror.net/archives/ncurses/ncurses-${version}.tar.gz`,
  ],
  versions: {
    '6.4': {
      sha256: '6931283d9ac87c5073f30b6290c4c75f21632bb4fc3603ac8100812bed248159',
      debian: 'ncurses_6.4.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static libraries beside the shared ones' },
  },
  build: autotools(
    ({ prefix, include }) => [
      '--with-shared',
      '--with-cxx-shared',
      '--with-termlib',
      '--enable-widec',
      '--enable-overwrite',
      '--enable-pc-files',
      `--with-pkg-config-libdir=${prefix}/lib/pkgconfig`,
      `--with-default-terminfo-dir=${prefix}/share/terminfo`,
      '--without-ada',
      '--without-debug',
      include('static', 'normal'),
      '--without-tests',
      '--disable-stripping',
    ],
    {
      after: {
        install: ({ prefix }) => [
          ...plainNames.map((name) => ['ln', '-s', `lib${name}w.so`, `${prefix}/lib/lib${name}.so`]),
          ['ln', '-s', 'libncursesw.so', `${prefix}/lib/libcurses.so`],
          ['ln', '-s', 'ncursesw6-config', `${prefix}/bin/ncurses6-config`],
        ],
      },
    },
  ),
  test: {
    // tvi925 is in no distribution's basic set, so only the package's own database has it
    database: ({ prefix }) => [
      [`${prefix}/bin/infocmp`, 'xterm-256color'],
      ['sh', '-ec', `test "$(realpath "$(${prefix}/bin/infocmp -D)")" = "$(realpath ${prefix}/share/terminfo)"`],
      ['sh', '-ec', `test "$(${prefix}/bin/tput -T xterm-256color colors)" = 256`],
      ['sh', '-ec', `test "$(${prefix}/bin/tput -T tvi925 lines)" = 24`],
      ['sh', '-ec', `test "$(${prefix}/bin/ncursesw6-config --prefix)" = "${prefix}"`],
    ],
    links: (context) =>
      compileAndRun(context, {
        language: 'c',
        libraries: ['ncurses', 'tinfo'],
        text: `#include <curses.h>
#include <term.h>
int main(void) {
  int error = 0;
  if (setupterm("tvi925", 1, &error) != OK || error != 1) return 1;
  if (tigetnum("cols") != 80) return 2;
  SCREEN *screen = newterm("xterm", stdout, stdin);
  if (screen == NULL) return 3;
  endwin();
  return 0;
}
`,
      }),
  },
});
