// simulated-disk.ts — files and folders in memory, on a disk that forgets what was not synced.
//
// Keeps true:
//   - the bytes of a file survive up to its last sync; a crash may keep more of them, from the front;
//   - names are journaled: a change of names is one entry, syncing a folder makes the entries that touch it durable,
//     and a crash may keep the first few of the others, in order;
//   - what one process has not synced is lost with that process only.

import type { Random } from '../base/random.ts';

export type FileNode = {
  readonly kind: 'file';
  bytes: Uint8Array;
  syncedBytes: number;
  modifiedMs: number;
  writerId: number;
};

export type DirectoryNode = {
  readonly kind: 'directory';
  /** As processes see it. */
  entries: Map<string, Node>;
  /** As the disk would show it after a crash. */
  readonly durable: Map<string, Node>;
};

export type Node = FileNode | DirectoryNode;

type NameChange = {
  readonly directory: DirectoryNode;
  readonly name: string;
  readonly node: Node | undefined;
};
type JournalEntry = { readonly processId: number; readonly changes: readonly NameChange[] };

/** What outlives a process. */
export class SimulatedDisk {
  readonly locks = new Map<string, { readonly processId: number; text: string }>();
  readonly #root: DirectoryNode = newDirectory();
  readonly #unsyncedFiles = new Set<FileNode>();
  #journal: JournalEntry[] = [];

  find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of namesOf(path)) node = node?.kind === 'directory' ? node.entries.get(name) : undefined;
    return node;
  }

  /** The folder that holds the path, and the path's last name. */
  place(path: string): { directory: DirectoryNode; name: string } {
    const names = namesOf(path);
    const name = names.pop() ?? '';
    const directory = this.find(names.join('/'));
    if (directory?.kind !== 'directory') throw missing(path);
    return { directory, name };
  }

  newFile(processId: number, bytes: Uint8Array, nowMs: number): FileNode {
    return { kind: 'file', bytes, syncedBytes: 0, modifiedMs: nowMs, writerId: processId };
  }

  append(file: FileNode, bytes: Uint8Array, nowMs: number): void {
    file.modifiedMs = nowMs;
    file.bytes = Buffer.concat([file.bytes, bytes]);
    this.#unsyncedFiles.add(file);
  }

  syncFile(file: FileNode): void {
    file.syncedBytes = file.bytes.length;
    this.#unsyncedFiles.delete(file);
  }

  /** Changes names in one step; undefined takes a name away. */
  change(processId: number, changes: readonly (readonly [path: string, node: Node | undefined])[]): void {
    const entry = { processId, changes: changes.map(([path, node]) => ({ ...this.place(path), node })) };
    entry.changes.forEach(showChange);
    this.#journal.push(entry);
  }

  /** Makes the folder and its parents, durably. */
  makeDirectory(path: string): void {
    let directory = this.#root;
    for (const name of namesOf(path)) {
      const existing = directory.entries.get(name);
      if (existing?.kind === 'file') throw missing(path);
      const made: DirectoryNode = existing ?? newDirectory();
      directory.entries.set(name, made);
      directory.durable.set(name, made);
      directory = made;
    }
  }

  syncDirectory(directory: DirectoryNode): void {
    this.#journal = this.#journal.filter((entry) => {
      if (!entry.changes.some((change) => change.directory === directory)) return true;
      entry.changes.forEach(keepChange);
      return false;
    });
  }

  /** The process dies: what it did not sync is gone, or partly kept where `random` decides so. */
  crash(processId: number, random: Random): void {
    for (const [path, lock] of this.locks) if (lock.processId === processId) this.locks.delete(path);
    const lost = this.#journal.filter((entry) => entry.processId === processId);
    if (lost.length > 0) {
      const kept = new Set(lost.slice(0, random.int(lost.length + 1)));
      for (const entry of kept) entry.changes.forEach(keepChange);
      this.#journal = this.#journal.filter((entry) => entry.processId !== processId);
      forgetNames(this.#root);
      for (const entry of this.#journal) entry.changes.forEach(showChange);
    }
    for (const file of this.#unsyncedFiles) {
      if (file.writerId !== processId) continue;
      const keptBytes = file.syncedBytes + random.int(file.bytes.length - file.syncedBytes + 1);
      file.bytes = file.bytes.slice(0, keptBytes);
      this.syncFile(file);
    }
  }
}

const newDirectory = (): DirectoryNode => ({ kind: 'directory', entries: new Map(), durable: new Map() });

const namesOf = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

function missing(path: string): Error {
  return Object.assign(new Error(`no such file or directory: ${path}`), { code: 'ENOENT' });
}

function showChange({ directory, name, node }: NameChange): void {
  if (node) directory.entries.set(name, node);
  else directory.entries.delete(name);
}

function keepChange({ directory, name, node }: NameChange): void {
  if (node) directory.durable.set(name, node);
  else directory.durable.delete(name);
}

/** Every folder shows what is durable in it. */
function forgetNames(directory: DirectoryNode): void {
  directory.entries = new Map(directory.durable);
  for (const node of directory.entries.values()) if (node.kind === 'directory') forgetNames(node);
}
