import type { Digest } from '../core/digest-text.ts';
import type { PlanSource } from './plan.ts';

/** Where a source that a plan names by content can be had. It stands beside the plan and never enters a build hash,
 * so a moved server or another mirror rebuilds nothing. */
export interface SourceLocation {
  readonly digest: Digest;
  readonly kind: PlanSource['kind'];
  /** The file's name on mirrors and in messages, without a folder. */
  readonly file: string;
  /** Upstream's addresses in order of preference: `https:`, `http:` or `file:`. */
  readonly urls: readonly string[];
  /** The same bytes as a Debian pool names them: `hepmc3_3.1.2.orig.tar.gz`. */
  readonly debian?: { readonly file: string };
  /** For a directory: its absolute path on this machine. For an archive or file: the folder there that holds `file`. */
  readonly directory?: string;
  /** The commit is all 40 hexadecimal digits; the digest is then sha256 of the text `git:<commit>`. */
  readonly git?: { readonly url: string; readonly commit: string };
  /** In bytes; with it a wrong file is refused before it is downloaded. */
  readonly size?: number;
}
