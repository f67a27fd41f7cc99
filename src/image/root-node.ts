/** What a merged tree has at a path. Names are byte strings: each character is one byte (latin1) of the name's UTF-8 form, so comparing them compares bytes. */
export type RootNode<Data> = DirectoryNode<Data> | FileNode<Data> | SymlinkNode;

/** A folder of a merged tree. */
export interface DirectoryNode<Data> {
  readonly type: 'directory';
  mode: number;
  time: number | undefined;
  readonly children: Map<string, RootNode<Data>>;
  /** The uppermost layer that has it. */
  readonly layer: number;
  /** True while no entry has named it. */
  implied: boolean;
  /** Layers below this one add nothing to it. */
  floor: number;
  /** By name, the layer below which that name is hidden. */
  hidden: Map<string, number> | undefined;
}

/** A file of a merged tree; one object for all names that are hard links of each other. */
export interface FileNode<Data> {
  readonly type: 'file';
  readonly mode: number;
  readonly time: number | undefined;
  readonly data: Data;
  readonly layer: number;
  /** True once it has a second name. */
  linked: boolean;
}

/** A symbolic link of a merged tree. */
export interface SymlinkNode {
  readonly type: 'symlink';
  readonly time: number | undefined;
  /** A byte string. */
  readonly target: string;
  readonly layer: number;
  /** True once it has a second name. */
  linked: boolean;
}

/** Makes a folder that nothing is known about yet. */
export function impliedDirectory<Data>(layer: number): DirectoryNode<Data> {
  return {
    type: 'directory',
    mode: 0o755,
    time: undefined,
    children: new Map(),
    layer,
    implied: true,
    floor: -1,
    hidden: undefined,
  };
}

/** The bytes of a text in UTF-8, one character each. */
export function byteStringOf(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the rule is about bytes above 0x7f
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text).toString('latin1');
}
