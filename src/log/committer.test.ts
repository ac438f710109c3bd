import { expect, test } from 'vitest';
import { createSimulatedKv, type SimulatedKvOptions } from '../testing/simulated-kv.ts';
import { runSimulation } from '../testing/simulated-ports.ts';
import type { Change } from './change.ts';
import { Committer } from './committer.ts';
import { HighestKeys } from './highest-keys.ts';
import { HEAD_KEY, readSequence, rowKey } from './keyspace.ts';
import { newTableState } from './table-state.ts';

const TABLE = 1;

async function withCommitter(
  options: Pick<SimulatedKvOptions, 'failWrite'>,
  run: (
    committer: Committer,
    kv: ReturnType<typeof createSimulatedKv>,
    writes: () => number,
  ) => Promise<void>,
): Promise<void> {
  await runSimulation(1, async ({ ports }) => {
    let writes = 0;
    const kv = createSimulatedKv({
      timers: ports.timers,
      failWrite: (write) => {
        writes++;
        return options.failWrite?.(write);
      },
    });
    const committer = new Committer({ kv, clock: ports.clock, timers: ports.timers, head: 0 });
    committer.addTable(TABLE, newTableState(1), await HighestKeys.read(kv, TABLE, 1));
    await run(committer, kv, () => writes);
  });
}

const key = (name: string): Buffer => rowKey(TABLE, 0, Buffer.from(name));
const put = (committer: Committer, name: string, image: string) =>
  committer.commit([TABLE], (context) => context.write(TABLE, 0, key(name), Buffer.from(image)));

test('sixty-four writers share a few batches', () =>
  withCommitter({}, async (committer, kv, writes) => {
    const results = await Promise.all(Array.from({ length: 64 }, (_, i) => put(committer, `k${i}`, 'v')));
    expect(new Set(results.map((result) => result.sequence)).size).toBe(64);
    expect(writes()).toBeLessThan(4);
    expect(readSequence(kv.get(HEAD_KEY)!, 0)).toBe(64);
    expect(committer.tableState(TABLE).rowCount).toBe(64);
  }));

test('work that comes in the very moment when the last batch ends is written too', () =>
  withCommitter({}, async (committer) => {
    const written: string[] = [];
    let late: Promise<void> | undefined;
    committer.setHook({
      admit: () => undefined,
      prepare: () => undefined,
      // By then the batch is acknowledged, and nothing waited behind it.
      publish: () =>
        queueMicrotask(() => {
          late = committer.apply(() => written.push('late'));
        }),
    });
    await put(committer, 'k', 'v');
    await late;
    expect(written).toEqual(['late']);
  }));

test('each transaction sees the ones before it, durable or not', () =>
  withCommitter({}, async (committer) => {
    const increment = () =>
      committer.commit([TABLE], (context) => {
        const value = Number(Buffer.from(context.read(key('n')) ?? []).toString()) + 1;
        context.write(TABLE, 0, key('n'), Buffer.from(String(value)));
        return value;
      });
    const values = await Promise.all(Array.from({ length: 20 }, increment));
    expect(values.map((result) => result.value).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  }));

test('a transaction that throws keeps nothing and takes no sequence', () =>
  withCommitter({}, async (committer, kv) => {
    const refused = committer.commit([TABLE], (context) => {
      context.write(TABLE, 0, key('k'), Buffer.from('never'));
      throw new Error('refused');
    });
    await expect(refused).rejects.toThrow('refused');
    expect((await put(committer, 'other', 'v')).sequence).toBe(1);
    expect(kv.get(key('k'))).toBeUndefined();
  }));

test('a refusal is given when what it was decided on is durable', () =>
  withCommitter({}, async (committer, kv) => {
    const first = put(committer, 'k', 'v');
    const second = committer.commit([TABLE], (context) => {
      if (context.read(key('k'))) throw new Error('it is there');
    });
    await expect(second).rejects.toThrow('it is there');
    expect(Buffer.from(kv.get(key('k'))!).toString()).toBe('v');
    await first;
  }));

test('images before and after reach the hook before the write is acknowledged', () =>
  withCommitter({}, async (committer) => {
    const seen: string[] = [];
    committer.setHook({
      admit: () => undefined,
      prepare: (sequence, _commitMs, changes) => {
        for (const change of changes.get(TABLE) ?? []) seen.push(`${sequence}: ${textOf(change)}`);
      },
      publish: (sequence) => seen.push(`durable ${sequence}`),
    });
    await put(committer, 'k', 'a');
    seen.push('acknowledged');
    await put(committer, 'k', 'b');
    await committer.commit([TABLE], (context) => context.write(TABLE, 0, key('k'), undefined));
    expect(seen).toEqual([
      '1: → a',
      'durable 1',
      'acknowledged',
      '2: a → b',
      'durable 2',
      '3: b →',
      'durable 3',
    ]);
  }));

test('after a failed write nothing is acknowledged any more', () =>
  withCommitter(
    { failWrite: ({ index }) => (index >= 1 ? 'no space left' : undefined) },
    async (committer) => {
      await put(committer, 'k', 'a');
      await expect(put(committer, 'k', 'b')).rejects.toMatchObject({ code: 'STORE_FAILED' });
      await expect(put(committer, 'k', 'c')).rejects.toMatchObject({ code: 'STORE_FAILED' });
      expect(committer.head).toBe(1);
    },
  ));

test('a closed committer finishes what it has and takes nothing more', () =>
  withCommitter({}, async (committer, kv) => {
    const last = put(committer, 'k', 'a');
    await committer.close();
    await last;
    expect(Buffer.from(kv.get(key('k'))!).toString()).toBe('a');
    await expect(put(committer, 'k', 'b')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  }));

const textOf = ({ before, after }: Change): string =>
  `${before ? Buffer.from(before).toString() : ''} → ${after ? Buffer.from(after).toString() : ''}`.trim();
