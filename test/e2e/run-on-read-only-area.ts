/** Run by read-only-area.test.ts in a mount namespace of its own: uses an area on a file system that nobody can write, and prints how that went as JSON. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeReleaseFarm } from './release-fixture.ts';
import { type Run, runBinfarm } from './run-binfarm.ts';

/** How one command went. */
export interface ReadOnlyRun extends Run {
  readonly name: string;
}

const top = process.argv[2]!;
const disk = join(top, 'disk');
const area = join(disk, 'area');

function mount(options: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', disk], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

const farm = await makeReleaseFarm(join(top, 'farm'), [
  { name: '1', packages: [{ name: 'a', version: '1', bytes: 1000 }] },
  { name: '2', packages: [{ name: 'a', version: '2', bytes: 1000 }] },
]);
const install = (folder: string, release: string) => [
  ...['install', '--prefix', folder, '--release', `tiny/${release}`, '--from', farm.binhost, '--key', farm.key],
];
const run = (...argv: readonly string[]) => runBinfarm(argv, { environment: farm.environment });

mkdirSync(disk);
mount('size=20m');
for (const argv of [install(area, '2'), install(area, '1')]) {
  const { exitCode, stderr } = run(...argv);
  if (exitCode !== 0) throw new Error(stderr);
}
mount('remount,ro');
const commands: Readonly<Record<string, readonly string[]>> = {
  list: ['list', area],
  activate: ['activate', area, '--shell', 'sh'],
  shell: ['shell', area, '--', 'a'],
  'gc --dry-run': ['gc', area, '--dry-run'],
  'rollback --dry-run': ['rollback', area, '--dry-run'],
  'remove --dry-run': ['remove', 'a', '--area', area, '--dry-run'],
  install: [...install(area, '2'), '--json'],
  'install elsewhere': [...install(join(disk, 'other', 'area'), '2'), '--json'],
  gc: ['gc', area, '--json'],
  rollback: ['rollback', area, '--json'],
  remove: ['remove', 'a', '--area', area, '--json'],
  update: ['update', area, '--json'],
};
const results = Object.entries(commands).map(([name, argv]): ReadOnlyRun => ({ name, ...run(...argv) }));
process.stdout.write(JSON.stringify({ results }));
