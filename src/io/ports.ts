// ports.ts — the only doors to time, randomness and files.
//
// Everything above floor 1 takes these as values, so that a whole store can run from one seed.

export interface Clock {
  /** Wall clock, whole milliseconds since 1970-01-01 UTC. */
  nowMs(): number;
  /** Steady clock for durations, in milliseconds with fraction. */
  monotonicMs(): number;
}

export interface Timers {
  /** Resolves after `delayMs`; earlier, also by resolving, when `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** As `sleep`, for work that nobody waits for: it does not keep the process from ending. */
  rest(delayMs: number, signal: AbortSignal): Promise<void>;
  /** Resolves in a later turn, after pending I/O had its chance. */
  yield(): Promise<void>;
}

export interface Randomness {
  /** A uniform number in [0, 2^32). */
  uint32(): number;
  /** Fresh random bytes. */
  bytes(count: number): Uint8Array;
}

/** Held until `release`; the lock dies with its process. */
export interface FileLock {
  /** Replaces what readers of the lock file see. */
  describe(text: string): Promise<void>;
  release(): Promise<void>;
}

/** A file that is read piece by piece, synchronously: worker threads wait for nothing else. */
export interface OpenFile {
  /** As of opening. */
  readonly sizeBytes: number;
  /** Fills `target` with the bytes from `position` on; answers how many: fewer only where the file ends. */
  readInto(target: Uint8Array, position: number): number;
  close(): void;
}

/** A new file that grows at its end. One call at a time. */
export interface FileWriter {
  /** The bytes must not change before it resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** What was written survives a power cut, once the name of the file does too (`syncDirectory`). */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Files {
  /** The whole file, or undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Replaces the file by temporary file, fsync, rename and fsync of the folder: all or nothing, durable. */
  writeDurably(path: string, bytes: Uint8Array): Promise<void>;
  /** Makes the folder and its parents, durably. */
  makeDirectory(path: string): Promise<void>;
  /** When the content of a file last changed, in whole milliseconds since 1970; undefined when there is no such file. */
  modifiedMs(path: string): Promise<number | undefined>;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<string[]>;
  /** Removes a file or a folder with all in it; no error when it is not there. */
  remove(path: string): Promise<void>;
  /** Of a file; undefined when there is none. */
  sizeBytes(path: string): number | undefined;
  /** For reading; undefined when there is no such file. */
  open(path: string): OpenFile | undefined;
  /** A new file; an error when there is one of that name. Neither content nor name is durable yet. */
  create(path: string): Promise<FileWriter>;
  /** Gives a file or folder another name in one step, durable after `syncDirectory` of both folders. Replaces a file only. */
  rename(from: string, to: string): Promise<void>;
  /** Makes durable which names the folder holds. */
  syncDirectory(path: string): Promise<void>;
  /** Takes the lock, or answers with what its holder wrote into the lock file. */
  lock(path: string): Promise<FileLock | { readonly heldBy: string }>;
}

/** Another thread of the process, running a module of this program. */
export interface Thread {
  /** Sends a value that can be cloned; shared memory stays shared. */
  post(message: unknown): void;
  /** Whether the thread keeps the process alive: while somebody waits for an answer. Not at first. */
  keepAlive(alive: boolean): void;
  /** Resolves when the thread is gone. */
  stop(): Promise<void>;
}

export type ThreadListener = {
  readonly message: (message: unknown) => void;
  /** The thread is gone, and not because it was stopped. */
  readonly failure: (error: Error) => void;
};

export interface Threads {
  /** Threads that run at once. */
  readonly coreCount: number;
  /** Starts `module` with `data`. */
  start(module: URL, data: unknown, listener: ThreadListener): Thread;
}

export interface Ports {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Randomness;
  readonly files: Files;
  /** undefined: everything runs on the one thread there is. */
  readonly threads: Threads | undefined;
}
