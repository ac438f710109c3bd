// clickhouse-server.ts — Debian's clickhouse-server 18.16: a server of the test's own, with its files in the test's folder,
// reached on loopback and ended with the test.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const serverProgram = '/usr/sbin/clickhouse-server';
const START_TIMEOUT_MS = 20_000;

export class ClickHouseServer {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #folder: string;
  readonly #port: number;

  private constructor(process: ChildProcess, folder: string, port: number) {
    this.#process = process;
    this.#ended = new Promise((resolve) => process.on('exit', resolve));
    this.#folder = folder;
    this.#port = port;
  }

  /** In the folder, which must be there. Rejects when there is no such server on this machine. */
  static async start(folder: string): Promise<ClickHouseServer> {
    if (!existsSync(serverProgram))
      throw new Error(`${serverProgram} is missing: run node scripts/setup-tests.mjs`);
    const port = await freePort();
    await writeConfig(folder, port);
    const child = spawn(serverProgram, [`--config-file=${folder}/config.xml`], {
      cwd: folder,
      stdio: 'ignore',
    });
    // Also when the test is stopped in the middle.
    process.once('exit', () => child.kill('SIGKILL'));
    const server = new ClickHouseServer(child, folder, port);
    await server.#untilThere();
    return server;
  }

  /** The answer as TabSeparated, or in the format that the query names. Rejects with what the server says is wrong. */
  async query(sql: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/`, { method: 'POST', body: sql });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  }

  /** Folder of a table of the default database. */
  tableFolder(table: string): string {
    return path.join(this.#folder, 'data', 'data', 'default', table);
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.#ended;
  }

  async #untilThere(): Promise<void> {
    for (let waitedMs = 0; ; waitedMs += 20) {
      if (await this.query('SELECT 1').catch(() => undefined)) return;
      if (this.#process.exitCode !== null || waitedMs > START_TIMEOUT_MS) {
        this.#process.kill('SIGKILL');
        const log = await readFile(`${this.#folder}/error.log`, 'utf8').catch(() => '');
        throw new Error(`clickhouse-server did not start: ${log.slice(-2000)}`);
      }
      await sleep(20);
    }
  }
}

async function writeConfig(folder: string, port: number): Promise<void> {
  for (const name of ['data', 'tmp']) await mkdir(`${folder}/${name}`);
  const config = {
    logger: `<level>warning</level><log>${folder}/server.log</log><errorlog>${folder}/error.log</errorlog>`,
    http_port: port,
    listen_host: '127.0.0.1',
    path: `${folder}/data/`,
    tmp_path: `${folder}/tmp/`,
    users_config: `${folder}/users.xml`,
    mark_cache_size: 10_000_000,
    default_profile: 'default',
    default_database: 'default',
  };
  const users = {
    profiles: '<default></default>',
    quotas: '<default></default>',
    users:
      '<default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>',
  };
  await writeFile(`${folder}/config.xml`, xmlOf(config));
  await writeFile(`${folder}/users.xml`, xmlOf(users));
}

function xmlOf(elements: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(elements).map(([name, content]) => `<${name}>${content}</${name}>`);
  return `<yandex>\n${lines.join('\n')}\n</yandex>\n`;
}

/** A port of loopback that nobody listens on now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
