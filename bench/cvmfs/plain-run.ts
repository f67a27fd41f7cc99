/** Run by bench/cvmfs.ts in a process of its own: compresses and hashes every file of a directory, and prints the seconds of CPU. */
import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

const before = process.cpuUsage();
const start = performance.now();
const visit = (folder: string) => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) visit(path);
    else if (entry.isFile()) hash('sha1', deflateSync(readFileSync(path)));
  }
};
visit(process.argv[2]!);
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ cpu: (user + system) / 1e6, wall: (performance.now() - start) / 1000 }));
