// built-program.ts — programs that run the build as its users do, in processes of their own.

import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect } from 'vitest';

/** The repository's root, where programs run: they import from `./dist/`. */
export const root = path.resolve(import.meta.dirname, '..', '..');

/** Brings dist up to date. */
export function build(): void {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
}

export const BUILD_TIMEOUT_MS = 120_000;

/** Arguments with which node runs the text of a module. */
export const nodeArgs = (program: string): string[] => ['--input-type=module', '-e', program];

/** Runs the program and kills it (-9) some time after its first words; what it said. Rejects when it ends by itself. */
export function killAfter(program: string, delayMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, nodeArgs(program), {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (said === '') setTimeout(() => child.kill('SIGKILL'), delayMs);
      said += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === null) resolve(said);
      else reject(new Error(`the program ended by itself with code ${code}`));
    });
  });
}
