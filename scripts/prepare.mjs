// prepare.mjs — brings node_modules and dist up to date with the checkout; does nothing when they are.

import './node-version.mjs';
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { compileKernels } from './kernels.mjs';
import { root, runNode, runNpm, tools } from './run.mjs';

const sources = [
  'src',
  'demo',
  'bench',
  'test/fuzz',
  'test/support',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
];

/** Runs `npm ci` when package-lock.json is not the one that was installed last. */
export async function install() {
  stopUnless(await installPackages('', 'Installing packages …'), 'npm ci failed');
}

/** The same for a folder with packages of its own; false when npm failed. */
export async function installPackages(folder, message) {
  const cwd = path.join(root, folder);
  const stamp = path.join(cwd, 'node_modules', '.winnow-lock');
  const wanted = sha256(await readFile(path.join(cwd, 'package-lock.json')));
  if ((await readText(stamp)) === wanted) return true;
  console.error(message);
  if ((await runNpm(['ci', '--no-audit', '--no-fund'], { cwd })) !== 0) return false;
  await writeFile(stamp, wanted);
  return true;
}

/** Installs and compiles the kernels, then compiles into dist when a source changed since the last time. */
export async function prepare() {
  await install();
  await compileKernels();
  const wanted = sha256(JSON.stringify(await listing()));
  if ((await readText(path.join(root, 'dist', '.sources'))) === wanted) return;
  console.error('Building …');
  // Built aside and swapped in: a program that runs from dist never meets half a build, and old files vanish.
  const next = path.join(root, 'node_modules', `.winnow-build-${process.pid}`);
  const old = `${next}-old`;
  const compiled = await runNode([...tools.tsc, '-p', 'tsconfig.build.json', '--outDir', next]);
  if (compiled !== 0) await rm(next, { recursive: true, force: true });
  stopUnless(compiled === 0, 'the build failed');
  await writeFile(path.join(next, '.sources'), wanted);
  await rename(path.join(root, 'dist'), old).catch(() => undefined);
  await rename(next, path.join(root, 'dist'));
  await rm(old, { recursive: true, force: true });
}

/** Path, size and time of every source: cheap, and it sees removed files too. */
async function listing() {
  const entries = [];
  const visit = async (file) => {
    const status = await stat(path.join(root, file)).catch(() => undefined);
    if (status?.isDirectory()) {
      if (path.basename(file) === 'node_modules') return;
      for (const name of (await readdir(path.join(root, file))).sort()) await visit(path.join(file, name));
    } else if (status && !file.endsWith('.test.ts')) {
      entries.push([file, status.size, status.mtimeMs]);
    }
  };
  for (const source of sources) await visit(source);
  return entries;
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex');
}

function readText(file) {
  return readFile(file, 'utf8').catch(() => undefined);
}

export function stopUnless(condition, reason) {
  if (condition) return;
  console.error(reason);
  process.exit(1);
}
