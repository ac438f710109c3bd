// worker-pool.ts — threads that work beside the owner thread: on morsels of queries, or on pieces of the log. Started at
// first need, kept until closed.
//
// Workers hold no truth: a job names files that do not change, and what it answers is all that is left of it.

import { WinnowError, type ErrorCode } from '../base/errors.ts';
import type { Thread, Threads } from '../io/ports.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { LogJob, LogJobResult } from '../pipeline/log-job.ts';

/**
 * To a worker: a job with its number among the job's threads (0 is the owner thread), a piece of the log, or a folder of a
 * part that is gone.
 */
export type WorkerMessage =
  | { readonly id: number; readonly thread: number; readonly job: unknown }
  | { readonly id: number; readonly log: LogJob }
  | { readonly forget: string };

/** What a worker says first. */
export const READY = 'ready';

export type JobReply = {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: PackedError;
};

/** An error on its way between threads. */
export type PackedError = {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
};

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void };

type Worker = { readonly thread: Thread; readonly waiting: Map<number, Waiting>; ready: boolean };

export class WorkerPool {
  readonly #threads: Threads | undefined;
  readonly #workers: Worker[] = [];
  #lastId = 0;
  #jobsDone = 0;

  constructor(threads: Threads | undefined) {
    this.#threads = threads;
  }

  /** How many workers can run beside the owner thread. */
  get size(): number {
    return Math.max(0, (this.#threads?.coreCount ?? 1) - 1);
  }

  /**
   * Gives the same job to up to `count` workers: those that are ready, for others are only started. Each promise resolves
   * with one worker's answer. Errors: those of the job.
   */
  run(job: unknown, count: number): Promise<unknown>[] {
    while (this.#workers.length < count) this.#workers.push(this.#start());
    const ready = this.#workers.filter((worker) => worker.ready).slice(0, count);
    return ready.map((worker, i) => this.#ask(worker, (id) => ({ id, thread: 1 + i, job })));
  }

  /**
   * Gives a piece of the log to a worker that has nothing to do; undefined while there is none, and then one more is
   * started, up to one per core. Errors: those of the piece.
   */
  applyLog(log: LogJob): Promise<LogJobResult> | undefined {
    const idle = this.#workers.find(({ ready, waiting }) => ready && waiting.size === 0);
    if (idle) return this.#ask(idle, (id) => ({ id, log })) as Promise<LogJobResult>;
    const starts = this.#workers.some(({ ready }) => !ready);
    if (!starts && this.#workers.length < (this.#threads?.coreCount ?? 0)) this.#workers.push(this.#start());
    return undefined;
  }

  #ask({ thread, waiting }: Worker, messageOf: (id: number) => WorkerMessage): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
    thread.keepAlive(true);
    // It may fail before somebody waits for it.
    answer.catch(() => undefined);
    thread.post(messageOf(id));
    return answer;
  }

  /** Jobs that workers have done. */
  get jobsDone(): number {
    return this.#jobsDone;
  }

  /** Workers close the files of a part that is gone. */
  forget(folder: string): void {
    for (const { thread } of this.#workers) thread.post({ forget: folder } satisfies WorkerMessage);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map(({ thread }) => thread.stop()));
  }

  #start(): Worker {
    const { memory, module } = kernelRuntime();
    const waiting = new Map<number, Waiting>();
    const data: WorkerData = { memory, module };
    const thread = this.#threads!.start(new URL('./worker-main.js', import.meta.url), data, {
      message: (message) => {
        if (message === READY) worker.ready = true;
        else {
          this.#jobsDone++;
          settle(waiting, message as JobReply);
        }
        if (waiting.size === 0) thread.keepAlive(false);
      },
      failure: (error) => void this.#drop(worker, error),
    });
    const worker: Worker = { thread, waiting, ready: false };
    return worker;
  }

  /**
   * A thread that died fails its jobs, once it is gone with all that it had on its way; another is started when it is
   * needed.
   */
  async #drop({ thread, waiting }: Worker, error: Error): Promise<void> {
    const at = this.#workers.findIndex((worker) => worker.waiting === waiting);
    if (at >= 0) this.#workers.splice(at, 1);
    await thread.stop();
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }
}

/** What a worker starts with. */
export type WorkerData = Pick<ReturnType<typeof kernelRuntime>, 'memory' | 'module'>;

function settle(waiting: Map<number, Waiting>, { id, result, error }: JobReply): void {
  const waiter = waiting.get(id);
  waiting.delete(id);
  if (error) waiter?.reject(unpackError(error));
  else waiter?.resolve(result);
}

export function packError(error: unknown): PackedError {
  if (!(error instanceof WinnowError))
    return { code: undefined, message: String(error), detail: undefined, hint: undefined };
  return { code: error.code, message: error.message, detail: error.detail, hint: error.hint };
}

function unpackError({ code, message, detail, hint }: PackedError): Error {
  return code ? new WinnowError(code, message, { detail, hint }) : new Error(message);
}
