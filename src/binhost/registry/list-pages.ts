import * as v from 'valibot';
import { isFarmError } from '../../core/farm-error.ts';
import { parseJsonWithin } from '../../core/parse-json-within.ts';
import { readBytes } from '../web/web-client.ts';
import { WebProblem } from '../web/web-problem.ts';
import type { RegistryPlace } from './registry-client.ts';

const largestPage = 16 << 20;
const mostPages = 10_000;
const mostNames = 500_000;
const longestName = 1024;

/** Reads a list that a registry gives in pages, following `Link` (OCI distribution specification, "Listing Tags"); undefined when it does not have or not give the list. */
export async function listPages(
  { client }: RegistryPlace,
  first: URL,
  list: 'repositories' | 'tags',
  scopes: readonly string[],
): Promise<readonly string[] | undefined> {
  const found = new Set<string>();
  let next: URL | undefined = first;
  try {
    for (let pages = 0; next !== undefined && pages < mostPages; pages += 1) {
      const url: URL = next;
      const page = await client.send({ url, scopes, answers: [200, 404, 405] }, async (answer) => {
        if (answer.status === 200) {
          const names = parsePage(await readBytes(answer, largestPage), list);
          return { link: answer.headers.get('link'), names };
        }
        await answer.discard();
        return undefined;
      });
      if (page === undefined) return undefined;
      next = addNames(found, page.names) ? nextPage(page.link, url) : undefined;
    }
  } catch (error) {
    if (list === 'repositories' && isFarmError(error, 'BINHOST_DENIED')) return undefined;
    throw error;
  }
  return [...found];
}

/** False when nothing is new: such a list would never end. */
function addNames(found: Set<string>, names: readonly string[]): boolean {
  const before = found.size;
  for (const name of names) if (name.length <= longestName && found.size < mostNames) found.add(name);
  return found.size > before;
}

function parsePage(bytes: Buffer, list: string): readonly string[] {
  const schema = v.object({ [list]: v.nullish(v.array(v.string())) });
  const parsed = v.safeParse(schema, parseJsonWithin(bytes.toString('utf8'), mostNames));
  if (!parsed.success) throw new WebProblem('final', `its list of ${list} cannot be read`);
  return (parsed.output as Record<string, string[] | null | undefined>)[list] ?? [];
}

/** The address of the next page, on the same server. */
function nextPage(link: string | null, from: URL): URL | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, from.href)) return undefined;
  const next = new URL(target, from);
  return next.origin === from.origin ? next : undefined;
}
