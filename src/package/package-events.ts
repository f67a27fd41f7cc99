/** What happens while packages are packed; every event is plain data. */
export type PackageEvent =
  | {
      /** The files of a prefix have been read once: their digests, and where they carry the build root. */
      readonly type: 'package.scanned';
      readonly storeName: string;
      readonly files: number;
      readonly bytes: number;
    }
  | {
      readonly type: 'package.packed';
      readonly storeName: string;
      readonly output: string;
      /** Of the blob. */
      readonly bytes: number;
      readonly seconds: number;
      /** False when the package can only be used at the root that it was built for. */
      readonly relocatable: boolean;
    };
