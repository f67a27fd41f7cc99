/** One place that a machine's apt configuration takes packages from. */
export interface AptBase {
  /** Without a slash at the end. */
  readonly uri: string;
  /** `main` and its siblings, in the order of the configuration. */
  readonly components: readonly string[];
  /** It carries nothing but security updates. */
  readonly securityOnly: boolean;
}

/** Parses a `sources.list` in the one-line form: `deb [options] uri suite component...` (sources.list(5)).
 * Lines that cannot be read are passed over, as the file is another program's. */
export function parseOneLineSources(text: string): AptBase[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)\s*(?:#.*)?$/.exec(line);
    if (match === null) return [];
    const [, uri, suite, components] = match as unknown as [string, string, string, string];
    return aptBasesOf([uri], [suite], components.trim().split(/\s+/));
  });
}

/** Parses a `*.sources` file in the deb822 form: stanzas of `Field: value`, where a field may go on in indented lines. */
export function parseDeb822Sources(text: string): AptBase[] {
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = parseStanza(stanza);
    const words = (field: string) => (fields.get(field) ?? '').split(/\s+/).filter((word) => word !== '');
    if (/^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? 'yes')) return [];
    if (!words('types').some((type) => type === 'deb' || type === 'deb-src')) return [];
    return aptBasesOf(words('uris'), words('suites'), words('components'));
  });
}

/** Puts bases in the order in which a source is looked for: each once, those with only security updates last. */
export function orderAptBases(bases: readonly AptBase[]): AptBase[] {
  const merged = new Map<string, AptBase>();
  for (const base of bases) {
    const known = merged.get(base.uri);
    const components = [...new Set([...(known?.components ?? []), ...base.components])];
    merged.set(base.uri, { ...base, components, securityOnly: base.securityOnly && (known?.securityOnly ?? true) });
  }
  const all = [...merged.values()];
  return [...all.filter((base) => !base.securityOnly), ...all.filter((base) => base.securityOnly)];
}

function parseStanza(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of stanza.split('\n')) {
    const match = /^([A-Za-z0-9-]+):(.*)$/.exec(line);
    if (match !== null) {
      current = match[1]!.toLowerCase();
      fields.set(current, match[2]!.trim());
    } else if (/^[ \t]/.test(line) && current !== '') {
      fields.set(current, `${fields.get(current)} ${line.trim()}`);
    }
  }
  return fields;
}

function aptBasesOf(uris: readonly string[], suites: readonly string[], components: readonly string[]): AptBase[] {
  if (!components.includes('main')) return []; // a flat archive or one without Debian's pool
  return uris.flatMap((uri) => {
    const plain = uri.replace(/\/+$/, '');
    if (!/^(https?|file):/.test(plain) || !URL.canParse(plain)) return [];
    const securityOnly = suites.every((suite) => /-security$|^[^/]+\/updates$/.test(suite)) || /security$/.test(plain);
    return [{ uri: plain, components, securityOnly }];
  });
}
