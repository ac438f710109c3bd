// node-files.ts — durable files on a real disk.
//
// Keeps true: a name appears, changes or goes in one rename or unlink, and only after the bytes behind it are synced;
// the folder is synced after the name, because a rename alone may be forgotten at a power cut.

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { undefinedWhenMissing } from './missing.ts';
import { lockFile } from './node-lock.ts';
import type { Files, FileWriter, OpenFile } from './ports.ts';

export function createNodeFiles(): Files {
  return {
    read: (file) => readFile(file).catch(undefinedWhenMissing),
    writeDurably,
    makeDirectory,
    modifiedMs: async (file) => {
      const found = await stat(file).catch(undefinedWhenMissing);
      return found && Math.floor(found.mtimeMs);
    },
    list: async (directory) => ((await readdir(directory).catch(undefinedWhenMissing)) ?? []).sort(),
    remove,
    sizeBytes: (file) => statSync(file, { throwIfNoEntry: false })?.size,
    open: openFile,
    create,
    rename,
    syncDirectory,
    lock: lockFile,
  };
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  // One writer per file is the caller's business; the fixed name means a crash leaves no pile of leftovers.
  const temporary = `${file}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncDirectory(path.dirname(file));
}

async function makeDirectory(directory: string): Promise<void> {
  const absolute = path.resolve(directory);
  const firstMade = await mkdir(absolute, { recursive: true });
  if (firstMade === undefined) return;
  // Each new name is recorded in the folder above it.
  for (let made = absolute; made.length >= firstMade.length; made = path.dirname(made)) {
    await syncDirectory(path.dirname(made));
  }
}

async function remove(target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  const parent = path.dirname(target);
  if (await stat(parent).catch(undefinedWhenMissing)) await syncDirectory(parent);
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows cannot open a folder as a file; NTFS journals names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function openFile(file: string): OpenFile | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    return undefinedWhenMissing(error as NodeJS.ErrnoException);
  }
  return {
    sizeBytes: fstatSync(descriptor).size,
    readInto: (target, position) => readWhole(descriptor, target, position),
    close: () => closeSync(descriptor),
  };
}

/** One read may give less than was asked for; only nothing means the end. */
function readWhole(descriptor: number, target: Uint8Array, position: number): number {
  let filled = 0;
  while (filled < target.length) {
    const count = readSync(descriptor, target, filled, target.length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

async function create(file: string): Promise<FileWriter> {
  const handle = await open(file, 'wx');
  return {
    write: (bytes) => handle.writeFile(bytes),
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}
