import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { runProcess } from '../../core/run-process.ts';
import { buildSampleStore, type SampleStore } from '../sample-prefix.ts';
import { checkPrefix, type PrefixContext, prefixRejected } from './check-prefix.ts';

let folder = '';
let store: SampleStore;
let context: PrefixContext;

before(async () => {
  folder = await mkdtemp('/tmp/bf-');
  store = await buildSampleStore(folder);
  const { root, app, dep } = store;
  context = { root, storeName: app.draft.storeName, dependencies: new Map([[dep.draft.storeName, dep.prefix]]) };
});
after(() => rm(folder, { recursive: true, force: true }));

test('a good prefix breaks no rule', () => {
  assert.deepEqual(checkPrefix(store.app.prefix, context), []);
});

test('a dependency that is not declared is missed by every file that needs it', () => {
  const found = checkPrefix(store.app.prefix, { ...context, dependencies: new Map() });
  assert.deepEqual(
    found.map(({ rule, path, state }) => `${rule} ${path} ${/lib\w+\.so[.\d]*|no dependency/.exec(state)?.[0]}`),
    ['library bin/app libdep.so.1', 'link share/data no dependency'],
  );
});

test('a library of the machine that is not part of the base is found', () => {
  const found = checkPrefix(store.app.prefix, { ...context, baseLibraries: [/^ld-linux/] });
  assert.deepEqual(
    found.map(({ path, state }) => [path, state.split(',')[0]]),
    [['bin/app', 'it needs libc.so.6']],
  );
});

type Make = (prefix: string) => Promise<unknown>;
const broken: readonly { says: string; rule: string; path: string; make: Make }[] = [
  { says: 'nothing but folders', rule: 'empty', path: '', make: (p) => rm(`${p}/file`).then(() => mkdir(`${p}/lib`)) },
  { says: 'a file that everybody can write', rule: 'mode', path: 'file', make: (p) => chmod(`${p}/file`, 0o646) },
  { says: 'a setuid file', rule: 'mode', path: 'file', make: (p) => chmod(`${p}/file`, 0o4755) },
  { says: 'a setgid file', rule: 'mode', path: 'file', make: (p) => chmod(`${p}/file`, 0o2755) },
  { says: 'a pipe', rule: 'kind', path: 'pipe', make: (p) => runProcess(['mkfifo', `${p}/pipe`]) },
  { says: 'a deletion mark of layers', rule: 'name', path: '.wh.x', make: (p) => writeFile(`${p}/.wh.x`, '') },
  {
    says: 'a name that is not UTF-8',
    rule: 'name',
    path: '\ufffd',
    make: (p) => writeFile(Buffer.from(`${p}/\xff`, 'latin1'), ''),
  },
  { says: 'a link to the machine', rule: 'link', path: 'link', make: (p) => symlink('/usr/bin/env', `${p}/link`) },
  {
    says: 'a link that climbs out',
    rule: 'link',
    path: 'link',
    make: (p) => symlink('../../../../../etc', `${p}/link`),
  },
  { says: 'a link to nothing', rule: 'link', path: 'link', make: (p) => symlink('nothing', `${p}/link`) },
  { says: 'a link in a circle', rule: 'link', path: 'link', make: (p) => symlink('link', `${p}/link`) },
  {
    says: 'an interpreter line that the kernel cuts',
    rule: 'interpreter',
    path: 'file',
    make: async (p) => {
      await writeFile(`${p}/file`, `#!/${'x'.repeat(254)}\n`);
      await chmod(`${p}/file`, 0o755);
    },
  },
];

for (const [index, { says, rule, path, make }] of broken.entries()) {
  test(`a prefix with ${says} breaks the rule "${rule}"`, async () => {
    const prefix = `${folder}/broken-${index}`;
    await mkdir(prefix);
    await writeFile(`${prefix}/file`, 'content');
    await make(prefix);
    const found = checkPrefix(prefix, context);
    assert.deepEqual(
      found.map((one) => [one.rule, one.path]),
      [[rule, path]],
    );
    assert.equal(prefixRejected('x-1', found).code, 'PACKAGE_REJECTED');
  });
}

test('links within the prefix and into dependencies are followed where the build saw them', async () => {
  const prefix = `${folder}/links`;
  await mkdir(`${prefix}/lib`, { recursive: true });
  await writeFile(`${prefix}/lib/real`, '');
  await symlink('lib', `${prefix}/lib64`);
  await symlink('lib64/real', `${prefix}/through`);
  await symlink(`${store.root}/store/${context.storeName}/through`, `${prefix}/own`);
  await symlink(`../${store.dep.draft.storeName}/lib/libdep.so`, `${prefix}/dep`);
  assert.deepEqual(checkPrefix(prefix, context), []);
});

test('an interpreter line of 255 bytes is fine, and a long one in a file that is not started', async () => {
  const prefix = `${folder}/lines`;
  await mkdir(prefix);
  await writeFile(`${prefix}/ok`, `#!/${'x'.repeat(252)}\n`, { mode: 0o755 });
  await writeFile(`${prefix}/data`, `#!/${'x'.repeat(400)}\n`, { mode: 0o644 });
  assert.deepEqual(checkPrefix(prefix, context), []);
});
