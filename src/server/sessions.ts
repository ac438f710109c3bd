// sessions.ts — what USE and SET leave behind between the requests of one session_id, and what it has seen.
//
// Keeps true: a session serves one request at a time; one that was idle longer than its timeout is gone.

import { WinnowError } from '../base/errors.ts';
import type { SessionState } from '../engine/api.ts';
import type { Clock } from '../io/ports.ts';
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
}

type Entry = {
  state: SessionState;
  position: number | undefined;
  locked: boolean;
  expiresAtMs: number;
};

export function createSessions(clock: Clock): Sessions {
  const entries = new Map<string, Entry>();
  const dropExpired = (): void => {
    const now = clock.monotonicMs();
    for (const [id, entry] of entries) if (!entry.locked && entry.expiresAtMs <= now) entries.delete(id);
  };
  return {
    acquire({ id, timeoutSeconds, mustExist }) {
      dropExpired();
      const found = entries.get(id);
      if (!found && mustExist) throw new WinnowError('SESSION_NOT_FOUND', `session '${id}' not found`);
      if (found?.locked) {
        throw new WinnowError('SESSION_IS_LOCKED', `session '${id}' is locked by a concurrent request`);
      }
      const entry: Entry = found ?? {
        state: { database: 'default', settings: {} },
        position: undefined,
        locked: false,
        expiresAtMs: 0,
      };
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
        },
      };
    },
  };
}

function keepChanges(before: SessionState, after: SessionState, asked: SessionState): SessionState {
  const settings = { ...before.settings };
  for (const [name, value] of Object.entries(after.settings)) {
    if (asked.settings[name] !== value) settings[name] = value;
  }
  return { database: after.database === asked.database ? before.database : after.database, settings };
}
