// Real worker threads over one memory. They run what tsc makes of the sources, since a worker reads no TypeScript.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { takenBytes } from './chunk-pool.ts';
import { kernelRuntime } from './runtime.ts';
import { WebAssembly } from './webassembly.ts';

const root = path.resolve(import.meta.dirname, '../..');
const built = mkdtempSync(path.join(tmpdir(), 'winnow-threads-'));
afterAll(() => rmSync(built, { recursive: true }));

beforeAll(() => {
  const options = [
    '--ignoreConfig',
    '--outDir',
    built,
    '--rootDir',
    path.join(root, 'src'),
    '--skipLibCheck',
  ];
  const language = ['--module', 'nodenext', '--target', 'es2023', '--rewriteRelativeImportExtensions'];
  const types = ['--types', 'node', '--typeRoots', path.join(root, 'node_modules/@types'), '--noCheck'];
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const entry = path.join(import.meta.dirname, 'arena.ts');
  const { stdout } = spawnSync(process.execPath, [tsc, entry, ...options, ...language, ...types], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
  writeFileSync(path.join(built, 'package.json'), '{"type":"module"}');
});

/** Runs code in a worker that is attached to the memory; `post` sends the result. */
function runWorker(code: string, workerData: object): Promise<unknown> {
  const source = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { attachKernelRuntime, kernelRuntime } from './kernels/runtime.js';
    import { Arena } from './kernels/arena.js';
    const post = (value) => parentPort.postMessage(value);
    attachKernelRuntime(workerData.memory, workerData.module);
    ${code}`;
  const file = path.join(built, `worker-${Math.random()}.js`);
  writeFileSync(file, source);
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData });
    worker.on('message', resolve).on('error', reject);
  });
}

const { memory, module } = kernelRuntime();

test('what a worker writes is what this thread reads', async () => {
  const pointer = await runWorker(
    `const values = new Arena().u32(1000);
     values.fill(7);
     post(values.byteOffset);`,
    { memory, module },
  );
  expect(new Uint32Array(memory.buffer, pointer as number, 1000)).toEqual(new Uint32Array(1000).fill(7));
});

test('threads that allocate at the same time never get the same memory', async () => {
  const before = takenBytes(memory);
  const code = `
    let clashes = 0;
    for (let round = 0; round < 300; round++) {
      const arena = new Arena();
      const arrays = [10, 70_000, 200_000, 1_000].map((size) => arena.u32(size / 4));
      for (const values of arrays) values.fill(workerData.mark + round);
      for (const values of arrays) if (values.some((value) => value !== workerData.mark + round)) clashes++;
      arena.release();
    }
    post(clashes);`;
  const workers = [1, 2, 3].map((mark) => runWorker(code, { memory, module, mark: mark * 1_000_000 }));
  expect(await Promise.all(workers)).toEqual([0, 0, 0]);
  expect(takenBytes(memory)).toBe(before);
});

test('a memory smaller than asked for serves until it is full, and says so then', async () => {
  const small = new WebAssembly.Memory({ initial: 64, maximum: 64, shared: true });
  const said = await runWorker(
    `const arena = new Arena();
     let message = '';
     try { for (;;) arena.allocate(100_000); } catch (error) { message = error.code + ' ' + arena.sizeBytes; }
     arena.release();
     post([message, new Arena().allocate(62 * 65_536 - 32)]);`,
    { memory: small, module },
  );
  // 62 chunks, of which the last run of 1 MiB no longer fits.
  expect(said).toEqual([expect.stringMatching(/^MEMORY_LIMIT_EXCEEDED [34]\d{6}$/), 131_072]);
});
