// running-queries.ts — the queries being answered: unique ids, and an orderly end.

import { WinnowError } from '../base/errors.ts';
import type { Timers } from '../io/ports.ts';

export type RunningQuery = {
  /** Aborted when the client has gone or the server cannot wait longer. */
  readonly signal: AbortSignal;
  /** The exchange is over: answered, or the client has gone. */
  close(): void;
};

export interface RunningQueries {
  readonly draining: boolean;
  /** Errors: QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING, STORE_CLOSED (draining). */
  begin(queryId: string): RunningQuery;
  /** Takes no new ones, waits up to `graceMs` for those that run, then cancels them. */
  drain(graceMs: number, timers: Timers): Promise<void>;
}

export function createRunningQueries(): RunningQueries {
  const running = new Map<string, AbortController>();
  const idle = new AbortController();
  let draining = false;
  return {
    get draining() {
      return draining;
    },
    begin(queryId) {
      if (draining) throw new WinnowError('STORE_CLOSED', 'the server is shutting down');
      if (running.has(queryId)) {
        throw new WinnowError(
          'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING',
          `query with id = ${queryId} is already running`,
        );
      }
      const controller = new AbortController();
      running.set(queryId, controller);
      return {
        signal: controller.signal,
        close() {
          controller.abort();
          running.delete(queryId);
          if (draining && running.size === 0) idle.abort();
        },
      };
    },
    async drain(graceMs, timers) {
      draining = true;
      if (running.size === 0) return;
      await timers.sleep(graceMs, idle.signal);
      for (const controller of running.values()) controller.abort();
    },
  };
}
