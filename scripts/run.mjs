// run.mjs — child processes of the scripts: in the repository's root, their output passed through.

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, with a separator at the end. */
export const root = fileURLToPath(new URL('../', import.meta.url));

/** Seeds of the simulation that found something once. */
export const corpus = ['--corpus', `${root}test/sim/corpus.json`];

/** The programs of the development tools, which run on the Node that runs this. */
export const tools = {
  asc: ['--enable-source-maps', 'node_modules/assemblyscript/bin/asc.js'],
  oxfmt: ['node_modules/oxfmt/bin/oxfmt'],
  oxlint: ['node_modules/oxlint/bin/oxlint'],
  tsc: ['node_modules/typescript/bin/tsc'],
  vitest: ['node_modules/vitest/vitest.mjs'],
};

/** Runs a Node program and answers its exit code; 124 when it was stopped after `timeoutMs`. */
export function runNode(args, options = {}) {
  return run(process.execPath, args, options);
}

/** Runs a program and answers its exit code; 124 when it was stopped after `timeoutMs`, 127 when it is not there. */
export function run(command, args, { cwd = root, env = {}, timeoutMs, quiet = false } = {}) {
  return new Promise((resolve) => {
    const stdio = quiet ? 'ignore' : ['ignore', 'inherit', 'inherit'];
    const child = spawn(command, args, { cwd, stdio, env: { ...process.env, ...env } });
    let timedOut = false;
    const timer = timeoutMs && setTimeout(() => (timedOut = child.kill('SIGKILL')), timeoutMs);
    const finish = (exitCode) => {
      clearTimeout(timer);
      resolve(exitCode);
    };
    child.on('error', () => finish(127));
    child.on('close', (exitCode) => finish(timedOut ? 124 : (exitCode ?? 1)));
  });
}

/** Runs npm, through its own entry point when npm started us: then no shell is needed on any system. */
export function runNpm(args, options = {}) {
  const entryPoint = process.env.npm_execpath;
  if (entryPoint?.endsWith('.js')) return runNode([entryPoint, ...args], options);
  return run('npm', args, options);
}

/** True when the package can be resolved and loaded. */
export async function canLoad(name) {
  try {
    await import(createRequire(path.join(root, 'package.json')).resolve(name));
    return true;
  } catch {
    return false;
  }
}
