import { diffLock } from '../../app/stack/diff-lock.ts';
import { defineCommand } from '../command.ts';
import { lockDiffText } from '../render/lock-diff-text.ts';

/** `binfarm lock diff`: what a change of the lock means, for a review. */
export const command = defineCommand({
  changes: false,
  about:
    'Prints Markdown: for each platform what is added, what is removed, what gets another version or other options, and what is built anew for that. Build hashes are those that the recipes give now.',
  examples: ['binfarm lock diff', 'binfarm lock diff main', 'binfarm lock diff /tmp/binfarm.lock'],
  settings: ['cache'],
  syntax: (syntax) =>
    syntax.argument('[other]', 'a lock file, or a revision of git; the last commit where none is named'),
  run: ({ arguments: [other] }, context) =>
    diffLock({ farm: context.farm(), ...(other === undefined ? {} : { other }) }, context),
  text: lockDiffText,
});
