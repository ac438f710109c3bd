// node-threads.ts — worker threads, and what a module sees that was started as one.

import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { Threads } from './ports.ts';

// A worker reads no TypeScript: the sources run without a build (by a test runner) have no threads.
export const nodeThreads: Threads | undefined = import.meta.url.endsWith('.ts')
  ? undefined
  : {
      coreCount: availableParallelism(),
      start(module, data, { message, failure }) {
        // Options of the program's own start (such as `--input-type`) may be ones that a worker refuses.
        const worker = new Worker(module, { workerData: data, execArgv: [] });
        let stopped = false;
        worker.on('message', message);
        worker.on('error', failure);
        worker.on('exit', (code) => {
          if (!stopped) failure(new Error(`a worker thread ended with code ${code}`));
        });
        worker.unref();
        return {
          post: (posted) => worker.postMessage(posted),
          keepAlive: (alive) => void (alive ? worker.ref() : worker.unref()),
          async stop() {
            stopped = true;
            await worker.terminate();
          },
        };
      },
    };

/** In a thread that `start` began: what it was started with. */
export const threadData: unknown = workerData;

/** In a thread that `start` began: sends a message. */
export function postMessage(message: unknown): void {
  parentPort?.postMessage(message);
}

/** In a thread that `start` began: calls `receive` with each message, one after the other. */
export function onMessage(receive: (message: unknown) => void): void {
  parentPort?.on('message', receive);
}
