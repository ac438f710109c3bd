// setup-tests.mjs — installs what the tests need beside npm's packages: strace, for the trace of syncs.

import './node-version.mjs';
import { aptInstall } from './apt.mjs';
import { run } from './run.mjs';

if ((await run('strace', ['-V'], { quiet: true })) !== 0) {
  const asRoot = process.platform === 'linux' && process.getuid() === 0;
  const installed = await aptInstall('strace', { without: 'the system-call trace will be skipped' });
  if (asRoot && !installed) process.exitCode = 1;
}
