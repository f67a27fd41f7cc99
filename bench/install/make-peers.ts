import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CorpusPackage } from './make-corpus.ts';

/** Runs a command to its end; it must end with 0. */
export function run(argv: readonly [string, ...string[]], cwd: string): string {
  const [program, ...rest] = argv;
  const { status, stdout, stderr } = spawnSync(program, rest, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Writes the corpus as one archive and as one for each package. */
export function makeArchives(corpus: readonly CorpusPackage[], { top, level }: { top: string; level: number }): void {
  mkdirSync(join(top, 'archives'));
  const compress = `zstd -q -${level}`;
  for (const { name, folder } of corpus)
    run(['sh', '-c', `tar -cf - -C '${folder}' . | ${compress} > '${top}/archives/${name}.tar.zst'`], top);
  run(['sh', '-c', `tar -cf - -C '${top}/corpus' . | ${compress} > '${top}/one.tar.zst'`], top);
}

/** Writes each package of the corpus as one of Debian. */
export function makeDebs(corpus: readonly CorpusPackage[], { top, level }: { top: string; level: number }): void {
  mkdirSync(join(top, 'debs'));
  for (const { name, folder } of corpus) {
    mkdirSync(join(folder, 'DEBIAN'));
    const control = [
      `Package: bench-${name.replaceAll(/[^a-z0-9+.-]/g, '-')}`,
      'Version: 1',
      'Architecture: all',
      'Maintainer: nobody <n@example.org>',
      'Description: cut from /usr',
    ];
    writeFileSync(join(folder, 'DEBIAN/control'), `${control.join('\n')}\n`);
    run(['dpkg-deb', '--root-owner-group', '-Zzstd', `-z${level}`, '-b', folder, join(top, 'debs')], top);
    rmSync(join(folder, 'DEBIAN'), { recursive: true });
  }
}

/** Puts the corpus into a binary cache of Nix, and gives the store paths; undefined where there is no Nix. */
export function makeNixCache(corpus: readonly CorpusPackage[], top: string): readonly string[] | undefined {
  if (spawnSync('nix', ['--version']).status !== 0) return undefined;
  const nix = ['nix', '--extra-experimental-features', 'nix-command', '--store', `local?root=${top}/nix`] as const;
  const paths = corpus.map(({ name, folder }) =>
    run([...nix, 'store', 'add-path', '--name', name.replaceAll(/[^A-Za-z0-9+._-]/g, '-'), folder], top).trim(),
  );
  run([...nix, 'copy', '--to', `file://${top}/nix-cache?compression=zstd`, ...paths], top);
  return paths;
}
