import type { attempts } from './attempts.ts';

/** Something hostile that lies in a folder, and what is to be tried with it. */
export interface FuzzCase {
  readonly seed: number;
  readonly says: string;
  /** Has what the attempts need; `area` and `target` in it are theirs, nothing else is. */
  readonly folder: string;
  readonly attempts: readonly (keyof typeof attempts)[];
  /** Where the binhost is, when it is not the folder `binhost`. */
  readonly location?: string;
  /** Every attempt has the memory that a command of its own would have. */
  readonly isMeasured?: boolean;
  /** The digest of the blob, where the signatures say what it really is. */
  readonly digest?: string;
  /** What is wrong is what the signed digest answers for: an installation that believes it may give other content, but touches nothing else. */
  readonly isForm?: boolean;
}

/** What a kind of case decides. */
export type CaseContent = Omit<FuzzCase, 'seed' | 'folder'>;

/** How the attempts at a case went. */
export interface FuzzVerdict {
  readonly outcomes: readonly {
    readonly attempt: string;
    /** `harmless`: it was accepted, and what came of it is what comes of the unchanged one. */
    readonly result: 'refused' | 'harmless' | 'accepted' | 'crashed' | 'hung' | 'touched' | 'left';
    readonly code?: string;
    readonly message?: string;
    readonly seconds?: number;
  }[];
  /** The most memory that the process had. */
  readonly peakBytes: number;
}
