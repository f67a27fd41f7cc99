/** How much an archive may unpack to. */
export interface ArchiveLimits {
  readonly entries: number;
  /** Of everything that is unpacked, and of the tar stream itself. */
  readonly bytes: number;
  /** Of one path in the archive. */
  readonly pathBytes: number;
}

/** The limits that hold where the caller names none: four times the largest source archive that is known to be needed. */
export const defaultArchiveLimits: ArchiveLimits = { entries: 200_000, bytes: 8 * 2 ** 30, pathBytes: 1024 };
