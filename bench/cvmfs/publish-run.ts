/** Run by bench/cvmfs.ts in a process of its own: publishes a directory and prints what it cost as JSON. */
import { publishDirectory } from '../../src/app/cvmfs/publish-directory.ts';

const [folder = '', directory = ''] = process.argv.slice(2);
const context = {
  emit: () => {},
  signal: new AbortController().signal,
  settingSources: { flags: {}, environment: process.env },
};
const start = performance.now();
const before = process.cpuUsage();
const { isNew, files, objects, bytes, entries, catalogs, revision } = await publishDirectory(
  {
    folder,
    directory,
    at: '/',
    wait: true,
    dryRun: false,
    time: Math.floor(Date.now() / 1000),
    catalogs: [],
    limits: { fileBytes: 2 ** 40, entries: 1e8, bytes: 2 ** 50 },
    replace: false,
  },
  context,
);
const { user, system } = process.cpuUsage(before);
const written = catalogs.filter((catalog) => catalog.isNew).length + Number(isNew);
const cost = {
  wall: (performance.now() - start) / 1000,
  cpu: (user + system) / 1e6,
  megabytes: process.resourceUsage().maxRSS / 1000,
};
process.stdout.write(JSON.stringify({ ...cost, isNew, files, objects, bytes, entries, written, revision }));
