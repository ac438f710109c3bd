// kernels.mjs — compiles wasm/ into src/kernels/generated/module.ts; does nothing when that is up to date.

import './node-version.mjs';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root, runNode, tools } from './run.mjs';

const folder = path.join(root, 'wasm');
const target = path.join(root, 'src', 'kernels', 'generated', 'module.ts');

const options = [
  '-O3',
  '--noAssert',
  // Pointers only: nothing is allocated, so nothing has to be collected, and threads can share the memory.
  ...['--runtime', 'stub', '--use', 'abort='],
  ...[
    '--importMemory',
    '--noExportMemory',
    '--sharedMemory',
    '--initialMemory',
    '2',
    '--maximumMemory',
    '65536',
  ],
  ...['--enable', 'simd', '--enable', 'threads'],
  // The first KiB is the chunk pool's (src/kernels/chunk-pool.ts).
  ...['--memoryBase', '1024'],
];

/** Compiles the kernels when a source or the compiler changed since the last time; throws when they do not compile. */
export async function compileKernels() {
  const stamp = `// Made from wasm/ by scripts/kernels.mjs: ${await sourcesHash()}`;
  const made = await readFile(target, 'utf8').catch(() => '');
  if (made.startsWith(stamp)) return;
  console.error('Compiling the kernels …');
  const wasm = await compile();
  const base64 = Buffer.from(wasm).toString('base64');
  await mkdir(path.dirname(target), { recursive: true });
  // Renamed into place: a program that starts meanwhile reads the old module or the new one.
  await writeFile(`${target}.${process.pid}`, `${stamp}\n\nexport const moduleBase64 =\n  '${base64}';\n`);
  await rename(`${target}.${process.pid}`, target);
}

/** What vitest calls before the first test, so that tests of one folder run in a fresh clone. */
export const setup = compileKernels;

async function compile() {
  const output = path.join(root, 'node_modules', `.winnow-kernels-${process.pid}.wasm`);
  const exitCode = await runNode([...tools.asc, 'wasm/index.ts', ...options, '--outFile', output]);
  if (exitCode !== 0) throw new Error('the kernels do not compile');
  const wasm = await readFile(output);
  await rm(output);
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(wasm)).map(({ name }) => name);
  const foreign = imports.filter((name) => name !== 'memory');
  if (foreign.length > 0) throw new Error(`the kernels import ${foreign.join(', ')}; only memory is there`);
  return wasm;
}

async function sourcesHash() {
  const hash = createHash('sha256');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  for (const name of files) hash.update(name).update(await readFile(path.join(folder, name)));
  const compiler = await readFile(path.join(root, 'node_modules', 'assemblyscript', 'package.json'), 'utf8');
  return hash.update(JSON.parse(compiler).version).update(options.join()).digest('hex');
}
