// simulated-files.ts — files in memory, which change whole or not at all.
//
// The port has durable writes only, so what a crash can take is a write that has not finished: it happens in one
// step at the end of its wait, and a killed process never gets there.

import { assert } from '../base/assert.ts';
import type { FileLock, Files, Timers } from '../io/ports.ts';

/** What outlives a process. */
export type SimulatedDisk = {
  readonly files: Map<string, Uint8Array>;
  readonly directories: Set<string>;
  readonly locks: Map<string, { readonly processId: number; text: string }>;
};

/** The disk as one process sees it; every call takes a turn. */
export function createSimulatedFiles(disk: SimulatedDisk, timers: Timers, processId: number): Files {
  const { files, directories, locks } = disk;

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

  return {
    async read(path) {
      await timers.yield();
      const bytes = files.get(path);
      return bytes && Uint8Array.from(bytes);
    },
    async writeDurably(path, bytes) {
      const copy = Uint8Array.from(bytes);
      await timers.yield();
      assert(directories.has(parentOf(path)), `the folder of ${path} is made before a file in it`);
      files.set(path, copy);
    },
    async makeDirectory(path) {
      await timers.yield();
      for (let made = path; made !== parentOf(made); made = parentOf(made)) directories.add(made);
      directories.add(parentOf(path));
    },
    async list(path) {
      await timers.yield();
      const children = [...files.keys(), ...directories, ...locks.keys()]
        .filter((other) => other !== path && parentOf(other) === path)
        .map((other) => other.slice(other.lastIndexOf('/') + 1));
      return [...new Set(children)].sort();
    },
    async remove(path) {
      await timers.yield();
      const below = (other: string): boolean => other === path || other.startsWith(`${path}/`);
      for (const file of files.keys()) if (below(file)) files.delete(file);
      for (const directory of directories) if (below(directory)) directories.delete(directory);
    },
    async lock(path) {
      await timers.yield();
      const held = locks.get(path);
      return held ? { heldBy: held.text } : lockHandle(path, `pid ${processId}`);
    },
  };
}

/** The folder of a path; `/` and `.` are their own. */
function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  if (slash > 0) return path.slice(0, slash);
  return slash === 0 ? '/' : '.';
}
