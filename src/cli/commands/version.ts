import { defineCommand } from '../command.ts';
import { readVersion } from '../read-version.ts';

/** `binfarm version`: what a bug report begins with. */
export const command = defineCommand({
  changes: false,
  examples: ['binfarm version --json'],
  syntax: (syntax) => syntax,
  run: () => ({
    binfarm: readVersion(),
    node: process.versions.node,
    machine: `${process.platform} ${process.arch}`,
  }),
  text: (value) => `binfarm ${value.binfarm} (node ${value.node}, ${value.machine})`,
});
