import { expect, test } from 'vitest';
import type { SessionState } from '../engine/api.ts';
import type { Clock } from '../io/ports.ts';
import { nodePorts } from '../io/node-ports.ts';
import { createSessions } from './sessions.ts';

function createClock(): Clock & { advance(ms: number): void } {
  let nowMs = 0;
  return { nowMs: () => nowMs, monotonicMs: () => nowMs, advance: (ms) => (nowMs += ms) };
}

const portsOf = (clock: Clock) => ({ clock, timers: nodePorts.timers });

const request = { id: 'a', timeoutSeconds: 60, mustExist: false };
const state = (database: string, settings: SessionState['settings'] = {}): SessionState => ({
  database,
  settings,
});

test('a session serves one request at a time', () => {
  const sessions = createSessions(portsOf(createClock()));
  const session = sessions.acquire(request);
  expect(() => sessions.acquire(request)).toThrow('locked');
  sessions.acquire({ ...request, id: 'b' });
  session.release();
  sessions.acquire(request);
});

test('what a statement changed is kept, what the request itself asked for is not', () => {
  const sessions = createSessions(portsOf(createClock()));
  const session = sessions.acquire(request);
  session.update(state('shop', { a: '1', b: '2' }), state('default', { a: '1' }));
  expect(session.state).toEqual({ ...state('shop', { b: '2' }), transaction: { current: undefined } });
  session.update(state('elsewhere', { a: '1', b: '3' }), state('elsewhere', { a: '1', b: '2' }));
  expect(session.state).toEqual({ ...state('shop', { b: '3' }), transaction: { current: undefined } });
});

test('an idle session ends after its timeout, a busy one does not', () => {
  const clock = createClock();
  const sessions = createSessions(portsOf(clock));
  const busy = sessions.acquire(request);
  busy.update(state('shop'), state('default'));
  clock.advance(100_000);
  busy.release();
  clock.advance(59_000);
  const found = sessions.acquire({ ...request, mustExist: true });
  expect(found.state.database).toBe('shop');
  found.release();
  clock.advance(60_000);
  expect(() => sessions.acquire({ ...request, mustExist: true })).toThrow('not found');
  expect(sessions.acquire(request).state.database).toBe('default');
});
