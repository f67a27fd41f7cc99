/** What a base must be known by, to tell whether a release's programs run on it. */
export interface BaseFacts {
  /** Names of files and links in folders where the dynamic loader looks. */
  readonly libraries: ReadonlySet<string>;
  /** The newest version of a symbol that its C library has: `2.36`; undefined where it has none, or another one. */
  readonly glibc: string | undefined;
  /** By path, paths near the top that are links or files: layers above must not have folders there. */
  readonly notFolders: ReadonlySet<string>;
  /** Programs that it has by their usual names: `/bin/sh`. */
  readonly hasShell: boolean;
}

/** What a base without anything is known by. */
export const emptyBaseFacts: BaseFacts = {
  libraries: new Set(),
  glibc: undefined,
  notFolders: new Set(),
  hasShell: false,
};

/** Folders in which the dynamic loader looks without being told, as Debian, Fedora and Alpine have them; relative to `/`. */
const libraryFolder = /^(?:usr\/(?:local\/)?)?lib(?:64|32)?(?:\/(?:[a-z0-9_]+-linux-gnu[a-z0-9]*))?$/;

/** Collects facts from the entries of a base, the lowest layer first. */
export interface BaseObserver {
  /** Takes an entry; true when its content is wanted, too. */
  readonly see: (path: string, type: 'directory' | 'file' | 'symlink' | 'hardlink' | 'removal') => boolean;
  /** Takes the content of a file that was wanted. */
  readonly read: (content: Buffer) => void;
  readonly facts: () => BaseFacts;
}

/** Starts to look at a base. */
export function observeBase(): BaseObserver {
  const libraries = new Set<string>();
  const notFolders = new Set<string>();
  let glibc: string | undefined;
  let hasShell = false;
  const see: BaseObserver['see'] = (path, type) => {
    const slash = path.lastIndexOf('/');
    const [folder, name] = [path.slice(0, Math.max(0, slash)), path.slice(slash + 1)];
    if (path.split('/').length <= 3) {
      if (type === 'directory' || type === 'removal') notFolders.delete(path);
      else notFolders.add(path);
    }
    if (['bin/sh', 'usr/bin/sh'].includes(path)) hasShell = type !== 'removal' && type !== 'directory';
    if (type === 'directory' || !libraryFolder.test(folder)) return false;
    if (type === 'removal') libraries.delete(name);
    else libraries.add(name);
    return type === 'file' && /^libc(\.so\.6|-2\.\d+\.so)$/.test(name);
  };
  return {
    see,
    read: (content) => {
      glibc = newestSymbolVersion(content) ?? glibc;
    },
    facts: () => ({ libraries, glibc, notFolders, hasShell }),
  };
}

/** The newest version that a C library's own list of versions names. */
function newestSymbolVersion(content: Buffer): string | undefined {
  const versions = [...content.toString('latin1').matchAll(/GLIBC_(\d+)\.(\d+)\0/g)].map(
    ([, major, minor]) => [Number(major), Number(minor)] as const,
  );
  const newest = versions.sort((a, b) => a[0] - b[0] || a[1] - b[1]).at(-1);
  return newest?.join('.');
}
