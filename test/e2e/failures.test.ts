import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFarm, makeTopFolder, namesOf, type TestFarm } from './farm-fixture.ts';
import { listStored } from './stored-packages.ts';
import { type RecipeFiles, tinyPackages } from './tiny-packages.ts';

const top = makeTopFolder('failures');
let count = 0;

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: {
    readonly phase: string;
    readonly command: string;
    readonly firstError: string;
    readonly log: string;
  };
}

interface Report {
  readonly built: readonly string[];
  readonly failed: readonly { readonly key: string; readonly error: Failure }[];
  readonly skipped: readonly { readonly key: string; readonly because: string }[];
}

function nextFarm(recipes: Readonly<Record<string, RecipeFiles>>): TestFarm {
  count += 1;
  return makeFarm(join(top, `farm${count}`), { recipes });
}

function farmWithBrokenBeta(): TestFarm {
  const farm = nextFarm(tinyPackages);
  farm.edit('recipes/beta/src/beta.c', (text) => text.replace('alpha_answer()', 'alpha_question'));
  return farm;
}

async function storedNames(farm: TestFarm): Promise<string[]> {
  return (await listStored(farm)).map(({ name }) => name).sort();
}

test('when a package fails, the others are built, and what needs it is skipped and named', async () => {
  const farm = farmWithBrokenBeta();
  const { built, failed, skipped } = farm.json<Report>(['build'], 1);
  assert.deepEqual(namesOf(built), ['alpha', 'delta']);
  assert.deepEqual(namesOf(failed.map(({ key }) => key)), ['beta']);
  assert.deepEqual(
    skipped.map(({ key, because }) => [...namesOf([key]), ...namesOf([because])]),
    [['gamma', 'beta']],
  );
  assert.deepEqual(await storedNames(farm), ['alpha', 'delta']);
});

test('a failure tells its first error, phase, command and log, and the log has the whole output', () => {
  const farm = farmWithBrokenBeta();
  const run = farm.run('build');
  assert.equal(run.exitCode, 1);
  const report = `${run.stderr}${run.stdout}`;
  assert.match(report, /✗ beta 2\.1 {2}failed in build: .*alpha_question/);
  assert.match(report, /- gamma.* skipped.*beta/);
  assert.match(
    report,
    /^ {2}\| in phase build: make PREFIX=.*\n {2}\| log: .*beta-2\.1-.*\.log\n {2}hint: binfarm build --shell beta$/m,
  );
  assert.match(report, /2 packages built, 1 failed, 1 skipped/);
  const { code, hint, details } = farm.json<Report>(['build'], 1).failed[0]!.error;
  assert.equal(code, 'BUILD_FAILED');
  assert.equal(details.phase, 'build');
  assert.match(details.command, /^make PREFIX=/);
  assert.match(details.firstError, /alpha_question/);
  assert.doesNotMatch(details.firstError, /^make/);
  const log = readFileSync(details.log, 'utf8');
  assert.match(log, /^ *\d+\.\d{3} \$ make PREFIX=/m);
  assert.match(log, /alpha_question[\s\S]*== failed: exit code 2/);
  assert.equal(hint, 'binfarm build --shell beta');
});

test('a shell opens in the kept folder of a failed build, as the build saw it', () => {
  const farm = farmWithBrokenBeta();
  farm.json(['build'], 1);
  assert.equal(farm.run('build', '--shell', 'beta', '--', 'true').exitCode, 0);
  assert.equal(farm.run('build', '--shell', 'beta', '--', 'sh', '-c', 'exit 7').exitCode, 7);
  const look = farm.run('build', '--shell', 'beta', '--', 'sh', '-c', 'ls source/Makefile; echo $CC $CPATH; id -u');
  assert.match(look.stdout, /^source\/Makefile\ngcc \/binfarm\/.*\/store\/alpha-1\.0-.*\/include\n1000\n$/);
});

test('a shell for a package of which no failed build is kept says so', () => {
  const farm = nextFarm({ delta: tinyPackages.delta! });
  farm.build();
  const { error } = farm.json<{ error: { code: string; message: string } }>(['build', '--shell', 'delta', 'true'], 1);
  assert.equal(error.code, 'BUILD_FAILED');
  assert.match(error.message, /no failed build of it is kept/);
});

test('after a fix the next build makes only what is missing, and removes the kept folder', () => {
  const farm = farmWithBrokenBeta();
  farm.json(['build'], 1);
  assert.deepEqual(
    readdirSync(farm.path('.binfarm', 'work')).map((name) => name.split('-')[0]),
    ['beta'],
  );
  farm.edit('recipes/beta/src/beta.c', (text) => text.replace('alpha_question', 'alpha_answer()'));
  assert.deepEqual(farm.build(), ['beta', 'gamma']);
  assert.deepEqual(farm.build(), []);
});

test('with keep_going off, nothing new starts after a failure', () => {
  const farm = farmWithBrokenBeta();
  farm.edit('recipes/alpha/src/alpha.c', (text) => `#error broken too\n${text}`);
  const { built, failed, skipped } = farm.json<Report>(['build', '--no-keep-going', '--parallel-builds', '1'], 1);
  assert.deepEqual([namesOf(built), namesOf(failed.map(({ key }) => key))], [[], ['alpha']]);
  assert.deepEqual(namesOf(skipped.map(({ key }) => key)), ['beta', 'delta', 'gamma']);
});

test('a phase that takes longer than its limit is BUILD_TIMEOUT, and says the limit', () => {
  const farm = nextFarm({
    slow: customRecipe('slow', "install: [['sleep', '60']]", '{ timeoutSeconds: 1 }'),
  });
  const { failed } = farm.json<Report>(['build'], 1);
  assert.equal(failed[0]!.error.code, 'BUILD_TIMEOUT');
  assert.match(failed[0]!.error.details.firstError, /limit of 1 s/);
});

interface Rejected {
  readonly says: string;
  readonly steps: string;
  readonly message: RegExp;
}

const write = (path: string) => `{ do: 'write', path: context.prefix + '/${path}', text: 'text' }`;
const link = (target: string) => `['ln', '-s', '${target}', context.prefix + '/share']`;
const program =
  "['sh', '-c', 'echo \"int main(void) { return answer(); }\" > main.c; echo \"int answer(void) { return 42; }\" > answer.c']";
const linked = `${program}, ['sh', '-c', 'gcc -shared -fPIC answer.c -o libanswer.so; gcc -include answer.c -Danswer=other main.c -o main -Wl,--no-as-needed -L. -lanswer'], ['sh', '-c', 'mkdir -p $0/bin; cp main $0/bin', context.prefix]`;

const rejected: Rejected[] = [
  { says: 'that installs nothing', steps: "['true']", message: /installed no file/ },
  {
    says: 'with a file that everybody can write',
    steps: `${write('data')}, ['chmod', '666', context.prefix + '/data']`,
    message: /data: everybody can write to it/,
  },
  {
    says: 'with a folder that everybody can write',
    steps: `${write('var/data')}, ['chmod', '777', context.prefix + '/var']`,
    message: /var: everybody can write to it/,
  },
  {
    says: 'with a setuid program',
    steps: `${write('bin/tool')}, ['chmod', '4755', context.prefix + '/bin/tool']`,
    message: /bin\/tool: it is setuid/,
  },
  {
    says: 'with a setgid program',
    steps: `${write('bin/tool')}, ['chmod', '2755', context.prefix + '/bin/tool']`,
    message: /bin\/tool: it is setuid or setgid/,
  },
  {
    says: 'with a link that leads out of the store',
    steps: link('/etc/passwd'),
    message: /share: it leads to "\/etc\/passwd", out of the store/,
  },
  { says: 'with a link that leads nowhere', steps: link('missing'), message: /share: it leads to .*does not exist/ },
  {
    says: 'with a pipe',
    steps: `${write('data')}, ['mkfifo', context.prefix + '/pipe']`,
    message: /pipe: it is neither a file nor a folder nor a link/,
  },
  {
    says: 'with a program that needs a library which no declared dependency has',
    steps: linked,
    message: /bin\/main: it needs libanswer\.so, which neither a declared dependency nor the base has/,
  },
];

function customRecipe(name: string, phases: string, options = '{}', test = ''): RecipeFiles {
  const text = `import { custom, recipe } from 'binfarm';

export default recipe({
  name: '${name}',
  summary: 'Package of a test',
  license: 'Apache-2.0',
  category: 'test',
  source: { directory: './src' },
  versions: { '1.0': {} },
  build: custom({ ${phases} }, ${options}),
  ${test}
});
`;
  return { 'recipe.ts': text, 'src/README': name };
}

for (const { says, steps, message } of rejected) {
  test(`a package ${says} is refused in the phase "check" and stays out of the binhost`, async () => {
    const farm = nextFarm({ bad: customRecipe('bad', `install: (context) => [${steps}]`), delta: tinyPackages.delta! });
    const { built, failed } = farm.json<Report>(['build'], 1);
    assert.deepEqual(namesOf(built), ['delta']);
    const { error } = failed[0]!;
    assert.equal(error.code, 'PACKAGE_REJECTED', error.message);
    assert.equal(error.details.phase, 'check');
    assert.match(error.message, message);
    assert.deepEqual(await storedNames(farm), ['delta']);
  });
}

test('a package whose test fails only at another prefix never reaches the binhost, and the log of its test is named', async () => {
  const install = `install: ({ prefix }) => [{ do: 'write', path: prefix + '/bin/where', text: '#!/bin/sh\\necho $0\\n', executable: true }]`;
  const check = `test: ({ prefix }) => [['sh', '-c', 'case $0 in /binfarm/*) exit 0;; *) echo it fails where it was not built; exit 3;; esac', prefix]],`;
  const farm = nextFarm({ here: customRecipe('here', install, '{}', check) });
  const { failed } = farm.json<Report>(['build'], 1);
  const { code, details, message } = failed[0]!.error;
  assert.equal(code, 'BUILD_FAILED');
  assert.match(details.phase, /^test/);
  assert.match(message, /it fails where it was not built/);
  assert.match(readFileSync(details.log, 'utf8'), /it fails where it was not built/);
  assert.deepEqual(await storedNames(farm), []);
  assert.equal(farm.run('install', '--prefix', join(top, 'area')).exitCode, 1);
  assert.equal(existsSync(join(top, 'area')), false);
});

test('a test sees only what its package declares as needed to run', () => {
  const check = `depends: ['delta : build'], test: () => [['sh', '-c', 'ls /relocated/store']],`;
  const farm = nextFarm({
    delta: tinyPackages.delta!,
    user: customRecipe(
      'user',
      `install: ({ prefix, dep }) => [['sh', '-c', 'ls $0/bin/delta && mkdir $1/x && touch $1/x/y', dep('delta'), prefix]]`,
      '{}',
      check,
    ),
  });
  assert.deepEqual(farm.build(), ['delta', 'user']);
  const [log] = readdirSync(farm.path('.binfarm', 'logs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /user.*test\.log$/.test(name),
  );
  const text = readFileSync(farm.path('.binfarm', 'logs', log!), 'utf8');
  assert.match(text, /user-1\.0-/);
  assert.doesNotMatch(text, /delta-1\.5-/);
});

test('a build has no network, and sees neither the home of the user nor the other packages of the store', () => {
  const look =
    "['sh', '-c', 'cat /proc/net/dev | wc -l; ls -A /home /root /work/home 2>&1 | sort; ls /binfarm/*/store; env | sort']";
  const farm = nextFarm({ delta: tinyPackages.delta!, looks: customRecipe('looks', `install: [${look}, ['false']]`) });
  const { failed } = farm.json<Report>(['build'], 1);
  const log = readFileSync(failed[0]!.error.details.log, 'utf8').replace(/^ *\d+\.\d{3} /gm, '');
  assert.match(log, /^3$/m, 'two lines of heading and the loopback device');
  assert.doesNotMatch(log, /delta-/);
  assert.match(log, /^\/root:\n\/work\/home:\n/m, 'both are empty');
  assert.match(log, /^HOME=\/work\/home$/m);
  assert.match(log, /^SOURCE_DATE_EPOCH=\d+$/m);
});
