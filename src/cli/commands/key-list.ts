import { type ListedKey, listKeys } from '../../app/keys/list-keys.ts';
import { defineCommand } from '../command.ts';
import { areaOption, keyOwnerOf } from '../key-owner.ts';
import type { Style } from '../style.ts';

/** `binfarm key list`: whom a farm or an area believes. */
export const command = defineCommand({
  changes: false,
  about: 'Compare fingerprints with those that the owners of the keys tell you in a way that you trust.',
  examples: ['binfarm key list', 'binfarm key list --area ~/nova'],
  syntax: (syntax) => syntax.addOption(areaOption),
  run: async ({ options: { area } }, context) => ({
    keys: await listKeys(keyOwnerOf(area, context), context),
    now: Date.now(),
  }),
  text: ({ keys, now }, style) =>
    keys.length === 0
      ? 'No key: nothing is believed here.'
      : keys.map((key) => keyText(key, { now, style })).join('\n'),
});

function keyText(key: ListedKey, { now, style }: { readonly now: number; readonly style: Style }): string {
  const { id, name, role, since, expires, next, via, reason = '', binhosts, fingerprint } = key;
  const mark = { 'signs here': style.good, next: style.warn, trusted: style.good, revoked: style.bad }[role];
  const expiry = expires === undefined ? [] : [expiryText(expires, { now, style })];
  const facts = [
    `${mark(role)} since ${since.slice(0, 10)}${role === 'revoked' && reason !== '' ? `: ${reason}` : ''}`,
    ...expiry,
    ...(next === undefined ? [] : [`followed by ${next}`]),
    ...(via === undefined ? [] : [`${role === 'revoked' ? 'by' : 'named by'} ${via}`]),
  ];
  return [
    `${style.strong(id)}${name === '' ? '' : `  ${name}`}`,
    `  ${facts.join(', ')}`,
    `  ${style.faint(fingerprint)}`,
    ...(binhosts.length === 0 ? [] : [`  believed from ${binhosts.join(', ')}`]),
  ].join('\n');
}

function expiryText(expires: string, { now, style }: { readonly now: number; readonly style: Style }): string {
  const day = expires.slice(0, 10);
  return Date.parse(expires) < now ? style.bad(`expired on ${day}`) : `expires on ${day}`;
}
