/** The files of one package's recipe folder, by their path in it. */
export type RecipeFiles = Readonly<Record<string, string>>;

/** A library with every kind of text that holds its own prefix: compiled in, in a pkg-config file, and as a script's interpreter. */
const alpha: RecipeFiles = {
  'recipe.ts': `import { make, recipe } from 'binfarm';

export default recipe({
  name: 'alpha',
  summary: 'Library that knows where its data are',
  license: 'Apache-2.0',
  category: 'test',
  source: { directory: './src' },
  versions: { '1.0': {} },
  variants: {
    loud: { default: false, summary: 'Speak up' },
  },
  build: make(({ prefix, isOn }) => ['PREFIX=' + prefix, 'EXTRA=' + (isOn('loud') ? '-DLOUD' : '')]),
  test: ({ prefix }) => [[prefix + '/bin/alpha-hello']],
});
`,
  'src/alpha.h': 'const char *alpha_data(void);\nint alpha_answer(void);\n',
  'src/alpha.c': `#include "alpha.h"
const char *alpha_data(void) { return PREFIX "/share/alpha/data.txt"; }
int alpha_answer(void) { return 42; }
`,
  'src/alpha-read.c': `#include <stdio.h>
#include <string.h>
int main(int count, char **words) {
  FILE *file = count > 1 ? fopen(words[count - 1], "r") : NULL;
  char line[500];
  if (file == NULL) return 1;
  while (fgets(line, sizeof line, file)) if (strncmp(line, "#!", 2) != 0) fputs(line, stdout);
  return 0;
}
`,
  'src/Makefile': `PREFIX = /usr/local
EXTRA =
all: libalpha.so alpha-read
libalpha.so: alpha.c alpha.h
	$(CC) $(CFLAGS) $(EXTRA) -DPREFIX='"$(PREFIX)"' -fPIC -shared -Wl,-soname,libalpha.so alpha.c -o $@
alpha-read: alpha-read.c
	$(CC) $(CFLAGS) $(EXTRA) alpha-read.c -o $@
install: all
	mkdir -p $(PREFIX)/lib/pkgconfig $(PREFIX)/include $(PREFIX)/bin $(PREFIX)/share/alpha
	cp libalpha.so $(PREFIX)/lib/
	cp alpha.h $(PREFIX)/include/
	cp alpha-read $(PREFIX)/bin/
	echo 'data of alpha' > $(PREFIX)/share/alpha/data.txt
	printf 'prefix=%s\\nName: alpha\\nDescription: tiny\\nVersion: 1.0\\nLibs: -L$\${prefix}/lib -lalpha\\n' '$(PREFIX)' > $(PREFIX)/lib/pkgconfig/alpha.pc
	printf '#!%s/bin/alpha-read\\nhello of alpha\\n' '$(PREFIX)' > $(PREFIX)/bin/alpha-hello
	chmod 755 $(PREFIX)/bin/alpha-hello
`,
};

/** A library that links alpha. */
const beta: RecipeFiles = {
  'recipe.ts': `import { make, recipe } from 'binfarm';

export default recipe({
  name: 'beta',
  summary: 'Library that links alpha',
  license: 'Apache-2.0',
  category: 'test',
  source: { directory: './src' },
  versions: { '2.1': {} },
  depends: ['alpha'],
  build: make(({ prefix }) => ['PREFIX=' + prefix]),
});
`,
  'src/beta.h': 'int beta_read(char *text, int size);\n',
  'src/beta.c': `#include <alpha.h>
#include <stdio.h>
#include "beta.h"
int beta_read(char *text, int size) {
  FILE *file = fopen(alpha_data(), "r");
  if (file == NULL || fgets(text, size, file) == NULL) return -1;
  fclose(file);
  return alpha_answer();
}
`,
  'src/Makefile': `PREFIX = /usr/local
libbeta.so: beta.c beta.h
	$(CC) $(CFLAGS) -fPIC -shared -Wl,-soname,libbeta.so beta.c -o $@ -lalpha
install: libbeta.so
	mkdir -p $(PREFIX)/lib $(PREFIX)/include
	cp libbeta.so $(PREFIX)/lib/
	cp beta.h $(PREFIX)/include/
`,
};

/** A program that links beta and reads a file of alpha. */
const gamma: RecipeFiles = {
  'recipe.ts': `import { make, recipe } from 'binfarm';

export default recipe({
  name: 'gamma',
  summary: 'Program that links beta and reads what alpha has',
  license: 'Apache-2.0',
  category: 'test',
  source: { directory: './src' },
  versions: { '3.0.1': {} },
  depends: ['beta'],
  build: make(({ prefix }) => ['PREFIX=' + prefix]),
  test: ({ prefix }) => [[prefix + '/bin/gamma']],
});
`,
  'src/gamma.c': `#include <beta.h>
#include <stdio.h>
int main(void) {
  char text[100];
  int answer = beta_read(text, sizeof text);
  if (answer < 0) return 1;
  printf("gamma read %d and %s", answer, text);
  return 0;
}
`,
  'src/Makefile': `PREFIX = /usr/local
gamma: gamma.c
	$(CC) $(CFLAGS) gamma.c -o $@ -lbeta
install: gamma
	mkdir -p $(PREFIX)/bin
	cp gamma $(PREFIX)/bin/
`,
};

/** A C++ program that has to do with none of the others. */
const delta: RecipeFiles = {
  'recipe.ts': `import { make, recipe } from 'binfarm';

export default recipe({
  name: 'delta',
  summary: 'Program on its own',
  license: 'Apache-2.0',
  category: 'test',
  source: { directory: './src' },
  versions: { '1.5': {} },
  build: make(({ prefix }) => ['PREFIX=' + prefix]),
});
`,
  'src/delta.cpp': `#include <cstdio>
struct Greeting {
  const char *text = "delta on its own";
  virtual ~Greeting() = default;
};
int main() {
  Greeting *greeting = new Greeting;
  std::puts(greeting->text);
  delete greeting;
}
`,
  'src/Makefile': `PREFIX = /usr/local
delta: delta.cpp
	$(CXX) $(CXXFLAGS) delta.cpp -o $@
install: delta
	mkdir -p $(PREFIX)/bin
	cp delta $(PREFIX)/bin/
`,
};

/** Four packages, each built in about a second: gamma links beta, which links alpha; delta stands alone. */
export const tinyPackages: Readonly<Record<string, RecipeFiles>> = { alpha, beta, gamma, delta };
