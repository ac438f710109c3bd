// setup-bench.mjs — installs the server that the pipeline's benchmark compares with: MariaDB. Only its programs, no
// service: the benchmark starts a server of its own.

import './node-version.mjs';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { aptInstall } from './apt.mjs';

export async function installMariadb() {
  if (['/usr/sbin', '/usr/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/mariadbd`))) return;
  await aptInstall('mariadb-server-core', { without: 'the benchmark goes on without MariaDB' });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await installMariadb();
