import { autotools, compileAndRun, recipe } from 'binfarm';

export default recipe({
  name: 'readline',
  summary: 'Editing of command lines, with history and completion',
  homepage: 'https://tiswww.case.edu/php/chet/readline/rltop.html',
  license: 'GPL-3.0-or-later',
  category: 'system',
  source: (version) => `https://ftp.gnu.org/gnu/readline/readline-${version}.tar.gz`,
  versions: {
    '8.2': {
      sha256: '3feb7171f16a84ee82ca18a36d7b9be109a52c04f492a053331d7d1095007c35',
      debian: 'readline_8.2.orig.tar.gz',
    },
  },
  variants: {
    static: { default: false, summary: 'Static libraries beside the shared ones' },
  },
  depends: ['ncurses@6:'],
  // of its own it links no terminal library, and leaves that to every program
  build: autotools(['--with-curses', '--disable-install-examples'], { makeArgs: ['SHLIB_LIBS=-ltinfow'] }),
  // the sequence that moves the cursor up comes from the database of terminals of ncurses, wherever that is now
  test: (context) =>
    compileAndRun(context, {
      language: 'c',
      libraries: ['readline'],
      text: `#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <readline/readline.h>
#include <readline/history.h>
int main(void) {
  int ends[2];
  if (pipe(ends) != 0 || write(ends[1], "first line\\n", 11) != 11) return 1;
  rl_instream = fdopen(ends[0], "r");
  rl_reset_terminal("tvi925");
  const char *up = rl_get_termcap("up");
  if (up == NULL || strcmp(up, "\\v") != 0) return 2;
  const char *line = readline("> ");
  if (line == NULL || strcmp(line, "first line") != 0) return 3;
  add_history(line);
  return history_length != 1;
}
`,
    }),
});
