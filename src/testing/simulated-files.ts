// simulated-files.ts — the file port over a simulated disk.
//
// Every call but the synchronous reads takes a turn or some time, and does its work in one step at the end of it: a
// killed process never gets there.

import type { Random } from '../base/random.ts';
import type { Clock, FileLock, Files, FileWriter, OpenFile, Timers } from '../io/ports.ts';
import type { FileNode, SimulatedDisk } from './simulated-disk.ts';

/** A step that changes files or their names. */
export type FileChange = {
  readonly kind: 'create' | 'write' | 'sync' | 'rename' | 'remove' | 'makeDirectory' | 'syncDirectory';
  readonly path: string;
};

export type SimulatedFileOptions = {
  /** Draws how long each call takes, up to `maxFileMs`; default 0. */
  readonly maxFileMs?: number | undefined;
  /** Asked before each change; the code it answers (ENOSPC) becomes its failure. */
  readonly failFile?: ((change: FileChange) => string | undefined) | undefined;
};

/** The process that the files are opened by. */
export type FileUser = {
  readonly id: number;
  readonly alive: boolean;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
};

/** The disk as one process sees it. */
export function createSimulatedFiles(
  disk: SimulatedDisk,
  user: FileUser,
  { maxFileMs = 0, failFile }: SimulatedFileOptions = {},
): Files {
  const { clock, timers, id: processId } = user;
  const { locks } = disk;

  async function step(change: FileChange): Promise<void> {
    await timers.sleep(maxFileMs > 0 ? user.random.int(maxFileMs + 1) : 0);
    const code = failFile?.(change);
    if (!user.alive) await new Promise<never>(() => undefined);
    if (code === undefined) return;
    const syscall = change.kind;
    throw Object.assign(new Error(`${code}: ${syscall} '${change.path}'`), { code, syscall });
  }

  function lockHandle(path: string, text: string): FileLock {
    const held = { processId, text };
    locks.set(path, held);
    return {
      describe: async (described) => {
        await timers.yield();
        held.text = `pid ${processId}, ${described}`;
      },
      release: async () => {
        await timers.yield();
        if (locks.get(path) === held) locks.delete(path);
      },
    };
  }

  function writerOf(path: string, file: FileNode): FileWriter {
    return {
      async write(bytes) {
        await step({ kind: 'write', path });
        disk.append(file, bytes, clock.nowMs());
      },
      async sync() {
        await step({ kind: 'sync', path });
        disk.syncFile(file);
      },
      close: () => timers.yield(),
    };
  }

  return {
    async read(path) {
      await timers.yield();
      const node = disk.find(path);
      return node?.kind === 'file' ? Uint8Array.from(node.bytes) : undefined;
    },
    async writeDurably(path, bytes) {
      const file = disk.newFile(processId, Uint8Array.from(bytes), clock.nowMs());
      disk.syncFile(file);
      await step({ kind: 'write', path });
      disk.change(processId, [[path, file]]);
      disk.syncDirectory(disk.place(path).directory);
    },
    async makeDirectory(path) {
      await step({ kind: 'makeDirectory', path });
      disk.makeDirectory(path);
    },
    async modifiedMs(path) {
      await timers.yield();
      const node = disk.find(path);
      return node?.kind === 'file' ? node.modifiedMs : undefined;
    },
    async list(path) {
      await timers.yield();
      const node = disk.find(path);
      const names = node?.kind === 'directory' ? [...node.entries.keys()] : [];
      const lockNames = [...locks.keys()].filter((lock) => parentOf(lock) === path).map(nameOf);
      return [...new Set([...names, ...lockNames])].sort();
    },
    async remove(path) {
      await step({ kind: 'remove', path });
      if (!disk.find(path)) return;
      disk.change(processId, [[path, undefined]]);
      disk.syncDirectory(disk.place(path).directory);
    },
    sizeBytes(path) {
      const node = disk.find(path);
      return node?.kind === 'file' ? node.bytes.length : undefined;
    },
    open(path) {
      const node = disk.find(path);
      return node?.kind === 'file' ? openedFile(node) : undefined;
    },
    async create(path) {
      await step({ kind: 'create', path });
      if (disk.find(path)) throw exists(path);
      const file = disk.newFile(processId, new Uint8Array(0), clock.nowMs());
      disk.change(processId, [[path, file]]);
      return writerOf(path, file);
    },
    async rename(from, to) {
      await step({ kind: 'rename', path: to });
      const node = disk.find(from);
      if (!node) throw Object.assign(new Error(`no such file or directory: ${from}`), { code: 'ENOENT' });
      if (disk.find(to)?.kind === 'directory') throw exists(to);
      disk.change(processId, [
        [from, undefined],
        [to, node],
      ]);
    },
    async syncDirectory(path) {
      await step({ kind: 'syncDirectory', path });
      disk.syncDirectory(disk.place(`${path}/any`).directory);
    },
    async lock(path) {
      await timers.yield();
      const held = locks.get(path);
      return held ? { heldBy: held.text } : lockHandle(path, `pid ${processId}`);
    },
  };
}

function openedFile(file: FileNode): OpenFile {
  return {
    sizeBytes: file.bytes.length,
    readInto(target, position) {
      const found = file.bytes.subarray(position, position + target.length);
      target.set(found);
      return found.length;
    },
    close: () => undefined,
  };
}

const exists = (path: string): Error => Object.assign(new Error(`${path} exists`), { code: 'EEXIST' });

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The folder of a path; `/` and `.` are their own. */
function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  if (slash > 0) return path.slice(0, slash);
  return slash === 0 ? '/' : '.';
}
