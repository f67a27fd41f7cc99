import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type ServerProgram, startServer } from './start-server.ts';

/** Debian's nginx on this machine. */
export interface Nginx extends ServerProgram {
  readonly host: string;
}

/** Starts nginx over a folder, with the configuration that docs/guide/binhost.md recommends. */
export async function startNginx(folder: string, root: string): Promise<Nginx> {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guide/binhost.md'), 'utf8');
  const recommended = /```nginx\n(server \{\n[\s\S]*?)```/.exec(guide)?.[1];
  if (recommended === undefined) throw new Error('the guide has no configuration for nginx');
  const host = `127.0.0.1:${await freePort()}`;
  const server = recommended.replace('listen 80;', `listen ${host};`).replace('root /srv/binhost;', `root ${root};`);
  const work = join(folder, 'nginx');
  mkdirSync(work, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${work}/${name};`,
  );
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(
    join(work, 'nginx.conf'),
    `daemon off; ${user} worker_processes 1; pid ${work}/pid; error_log stderr;
events { worker_connections 64; }
http { access_log off; sendfile on; ${temporary.join(' ')}
${server}}
`,
  );
  const program = await startServer(
    ['nginx', '-p', work, '-c', join(work, 'nginx.conf'), '-e', 'stderr'],
    `http://${host}/`,
    {
      PATH: `${process.env.PATH}:/usr/sbin`, // where Debian has it, and users do not look
    },
  );
  return { ...program, [Symbol.asyncDispose]: program[Symbol.asyncDispose], host };
}
