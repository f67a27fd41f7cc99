/** Where sources are looked for beside upstream's own address: a folder, a web server, or the Debian pool that the
 * machine's apt is configured with. The first two hold files by name or as `sha256/<hex>`. */
export type Mirror =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'http'; readonly base: string }
  | { readonly kind: 'debian-pool' };
