// setup-tests.mjs — installs what the tests need beside npm's packages: strace, for the trace of syncs, and Debian's
// clickhouse-server 18.16, of which the tests start one of their own.

import './node-version.mjs';
import { existsSync } from 'node:fs';
import { aptInstall } from './apt.mjs';
import { run } from './run.mjs';

const asRoot = process.platform === 'linux' && process.getuid() === 0;

async function ensure(isThere, name, without) {
  if (isThere) return;
  const installed = await aptInstall(name, { without });
  if (asRoot && !installed) process.exitCode = 1;
}

const hasStrace = (await run('strace', ['-V'], { quiet: true })) === 0;
await ensure(hasStrace, 'strace', 'the system-call trace will be skipped');
const hasServer = existsSync('/usr/sbin/clickhouse-server');
await ensure(hasServer, 'clickhouse-server', 'parts will not be tried on a server of 2018');
