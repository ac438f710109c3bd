// setup-tests.mjs — installs what the tests need beside npm's packages: strace, for the trace of syncs.

import './node-version.mjs';
import { run } from './run.mjs';

const commands = [
  ['apt-get', ['update', '-qq']],
  ['apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'strace']],
];

if ((await run('strace', ['-V'], { quiet: true })) !== 0) {
  if (process.platform !== 'linux') {
    console.error('The system-call trace runs on Linux only; its test will be skipped.');
  } else if (process.getuid() !== 0) {
    console.error(
      `strace is missing. Run: ${commands.map(([name, args]) => ['sudo', name, ...args].join(' ')).join(' && ')}`,
    );
  } else {
    for (const [name, args] of commands) {
      const env = { DEBIAN_FRONTEND: 'noninteractive' };
      if ((await run(name, args, { env })) !== 0) process.exitCode = 1;
    }
  }
}
