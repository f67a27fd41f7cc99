import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { referencePages } from './reference-pages.ts';

const top = join(import.meta.dirname, '..');
for (const [path, text] of Object.entries(await referencePages())) {
  await mkdir(dirname(join(top, path)), { recursive: true });
  await writeFile(join(top, path), text);
  console.log(path);
}
