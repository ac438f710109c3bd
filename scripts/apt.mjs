// apt.mjs — programs that npm does not have, from Debian's packages.

import { run } from './run.mjs';

/**
 * Installs a package where that needs nobody's word: on Linux, as root. Elsewhere says what to do, and answers false.
 * `without`: what happens then.
 */
export async function aptInstall(name, { without }) {
  const commands = [
    ['apt-get', ['update', '-qq']],
    ['apt-get', ['install', '-y', '-qq', '--no-install-recommends', name]],
  ];
  if (process.platform !== 'linux') {
    console.error(`${name} is installed on Linux only; ${without}.`);
    return false;
  }
  if (process.getuid() !== 0) {
    const line = commands.map(([program, args]) => ['sudo', program, ...args].join(' ')).join(' && ');
    console.error(`${name} is missing, so ${without}. Run: ${line}`);
    return false;
  }
  let installed = true;
  for (const [program, args] of commands) {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    if ((await run(program, args, { env })) !== 0) installed = false;
  }
  return installed;
}
