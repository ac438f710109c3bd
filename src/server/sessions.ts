// sessions.ts — what USE, SET and BEGIN leave behind between the requests of one session_id, and what it has seen.
//
// Keeps true: a session serves one request at a time; one that was idle longer than its timeout is gone, and its
// transaction is rolled back.

import { WinnowError } from '../base/errors.ts';
import type { SessionState, TransactionSlot } from '../engine/api.ts';
import { keepChanges } from '../engine/session.ts';
import type { Ports } from '../io/ports.ts';
import type { SessionRequest } from './query-request.ts';

export interface Session {
  readonly state: SessionState;
  /** The newest position that an answer of the session had, or a request named. */
  readonly position: number | undefined;
  sawPosition(position: number | undefined): void;
  /** Keeps what the statement changed; what the request itself asked for is not kept. */
  update(after: SessionState, asked: SessionState): void;
  /** Lets the next request in and starts the idle time. */
  release(): void;
}

export interface Sessions {
  /** Errors: SESSION_NOT_FOUND, SESSION_IS_LOCKED. */
  acquire(request: SessionRequest): Session;
  /** Rolls back what is open. */
  close(): void;
}

type Entry = {
  state: SessionState;
  position: number | undefined;
  readonly transaction: TransactionSlot;
  locked: boolean;
  expiresAtMs: number;
};

export function createSessions({ clock, timers }: Pick<Ports, 'clock' | 'timers'>): Sessions {
  const entries = new Map<string, Entry>();
  const dropExpired = (): void => {
    const now = clock.monotonicMs();
    for (const [id, entry] of entries) {
      if (entry.locked || entry.expiresAtMs > now) continue;
      entries.delete(id);
      entry.transaction.current?.rollback('the transaction was rolled back: its session timed out');
    }
  };
  return {
    acquire({ id, timeoutSeconds, mustExist }) {
      dropExpired();
      const found = entries.get(id);
      if (!found && mustExist) throw new WinnowError('SESSION_NOT_FOUND', `session '${id}' not found`);
      if (found?.locked) {
        throw new WinnowError('SESSION_IS_LOCKED', `session '${id}' is locked by a concurrent request`);
      }
      const entry = found ?? newEntry();
      entry.locked = true;
      entries.set(id, entry);
      return {
        get state() {
          return entry.state;
        },
        get position() {
          return entry.position;
        },
        sawPosition(position) {
          if (position !== undefined) entry.position = Math.max(entry.position ?? 0, position);
        },
        update(after, asked) {
          entry.state = keepChanges(entry.state, after, asked);
        },
        release() {
          entry.locked = false;
          entry.expiresAtMs = clock.monotonicMs() + timeoutSeconds * 1000;
          // A transaction holds a snapshot: it does not wait for the next request to find it expired.
          const { current } = entry.transaction;
          if (current) void timers.sleep(timeoutSeconds * 1000, current.ending).then(dropExpired);
        },
      };
    },
    close() {
      for (const { transaction } of entries.values())
        transaction.current?.rollback('the transaction was rolled back: the server was closed');
      entries.clear();
    },
  };
}

function newEntry(): Entry {
  const transaction: TransactionSlot = { current: undefined };
  return {
    state: { database: 'default', settings: {}, transaction },
    position: undefined,
    transaction,
    locked: false,
    expiresAtMs: 0,
  };
}
