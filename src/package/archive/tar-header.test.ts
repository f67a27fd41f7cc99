import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProcess } from '../../core/run-process.ts';
import { blockSize, formatTarHeader, packageTime } from './tar-header.ts';
import type { TarMember } from './tar-member.ts';

const file: TarMember = { name: 'a/b', type: 'file', mode: 0o755, size: 0, linkName: '' };

const listed: readonly { says: string; member: TarMember; blocks: number; line: RegExp }[] = [
  { says: 'a file', member: file, blocks: 1, line: /^-rwxr-xr-x 0\/0 +0 2000-01-01 00:00 a\/b$/ },
  {
    says: 'a directory',
    member: { ...file, name: 'a/', type: 'directory' },
    blocks: 1,
    line: /^drwxr-xr-x 0\/0 +0 2000-01-01 00:00 a\/$/,
  },
  {
    says: 'a symbolic link',
    member: { ...file, type: 'symlink', mode: 0o777, linkName: '../c' },
    blocks: 1,
    line: /^lrwxrwxrwx .* a\/b -> \.\.\/c$/,
  },
  {
    says: 'a hard link to a path of 120 bytes',
    member: { ...file, type: 'hardlink', linkName: 'c'.repeat(120) },
    blocks: 3,
    line: /^hrwxr-xr-x .* a\/b link to c{120}$/,
  },
  { says: 'a name of 100 bytes', member: { ...file, name: 'n'.repeat(100) }, blocks: 1, line: / n{100}$/ },
  { says: 'a name of 101 bytes', member: { ...file, name: 'n'.repeat(101) }, blocks: 3, line: / n{101}$/ },
  { says: 'a name of 1,000 bytes', member: { ...file, name: 'n'.repeat(1000) }, blocks: 4, line: / n{1000}$/ },
  { says: 'a name that is not ASCII', member: { ...file, name: 'é/日本' }, blocks: 3, line: / é\/日本$/ },
];

for (const { says, member, blocks, line } of listed) {
  test(`GNU tar lists ${says} as it is`, async () => {
    const header = formatTarHeader(member, packageTime);
    assert.equal(header.length, blocks * blockSize);
    const { stdout, exitCode } = await runProcess(['tar', '--quoting-style=literal', '--full-time', '-tvf', '-'], {
      input: Buffer.concat([header, Buffer.alloc(1024)]),
      env: { PATH: process.env.PATH ?? '', TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    });
    assert.equal(exitCode, 0);
    assert.match(stdout.trimEnd().replace(/00:00:00/, '00:00'), line);
  });
}

test('a file of 8 GiB has its size in a pax header and 0 in its own', () => {
  const header = formatTarHeader({ ...file, size: 8 ** 11 }, packageTime);
  assert.match(header.toString('latin1', blockSize, 2 * blockSize), /^19 size=8589934592\n/);
  assert.equal(header.toString('latin1', 2 * blockSize + 124, 2 * blockSize + 135), '00000000000');
  assert.equal(formatTarHeader({ ...file, size: 8 ** 11 - 1 }, packageTime).length, blockSize);
});
