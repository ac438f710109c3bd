// mariadb-server.ts — a MariaDB server of the benchmark's own: its files in the benchmark's folder, reached by a socket
// there and by nothing else, ended with the benchmark.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type MariadbServer = {
  readonly socket: string;
  readonly version: string;
  /** Processor time of all its threads so far, in microseconds. */
  cpuUs(): number;
  stop(): Promise<void>;
};

const START_TIMEOUT_MS = 30_000;
/** Of Linux, for programs: 100 a second, whatever the kernel uses. */
const TICK_US = 10_000;

/** Rejects when there is no MariaDB on this machine; `node scripts/setup-bench.mjs` installs it. */
export async function startMariadb(folder: string): Promise<MariadbServer> {
  const data = join(folder, 'data');
  const socket = join(folder, 'socket');
  const user = `--user=${userInfo().username}`;
  await run('mariadb-install-db', [
    '--no-defaults',
    '--auth-root-authentication-method=normal',
    user,
    `--datadir=${data}`,
  ]);
  const server = spawn(
    program('mariadbd'),
    [
      '--no-defaults',
      user,
      `--datadir=${data}`,
      `--socket=${socket}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--skip-networking',
      '--skip-log-bin',
      '--transaction-isolation=READ-COMMITTED',
      '--innodb-flush-log-at-trx-commit=1',
      '--innodb-buffer-pool-size=1G',
      '--innodb-log-file-size=1G',
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => server.on('exit', () => resolve()));
  await untilThere(socket, server);
  return {
    socket,
    version: await run('mariadbd', ['--no-defaults', '--version']).then(
      (text) => /Ver (\S+?)-/.exec(text)?.[1] ?? text,
    ),
    cpuUs: () => cpuUsOf(server.pid!),
    async stop() {
      server.kill('SIGTERM');
      await ended;
    },
  };
}

async function untilThere(socket: string, server: ChildProcess): Promise<void> {
  for (let waitedMs = 0; !existsSync(socket); waitedMs += 50) {
    if (server.exitCode !== null || waitedMs > START_TIMEOUT_MS) {
      server.kill('SIGKILL');
      throw new Error('the MariaDB server did not start');
    }
    await sleep(50);
  }
}

/** Servers are often not on the path of those who are not root. */
function program(name: string): string {
  const folder = ['/usr/sbin', '/usr/bin', '/usr/local/bin'].find((each) => existsSync(join(each, name)));
  if (!folder) throw new Error(`${name} is missing: run node scripts/setup-bench.mjs`);
  return join(folder, name);
}

/** Resolves with what the program printed. */
function run(name: string, args: readonly string[]): Promise<string> {
  const child = spawn(program(name), args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${name} ended with code ${code}`)),
    );
  });
}

/** User and system time, the 14th and 15th field; the second one, a name in brackets, may hold blanks. */
function cpuUsOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  return TICK_US * (Number(fields[11]) + Number(fields[12]));
}
