// ports-contract.ts — what every set of ports promises, as tests.

import { describe, expect, test } from 'vitest';
import type { FileLock, Ports } from '../io/ports.ts';

export type PortsSubject = {
  readonly name: string;
  /** Runs one test with fresh ports and a folder of its own. */
  readonly run: (body: (ports: Ports, folder: string) => Promise<void>) => Promise<void>;
};

/** Registers the suite. */
export function describePortsContract(subject: PortsSubject): void {
  const promise = (name: string, body: (ports: Ports, folder: string) => Promise<void>): void => {
    test(name, () => subject.run(body));
  };

  describe(`${subject.name} keep the contract of the ports`, () => {
    promise('a sleep lasts as long as asked', async ({ clock, timers }) => {
      const startMs = clock.monotonicMs();
      const wallMs = clock.nowMs();
      await timers.sleep(20);
      // Node's timers count whole milliseconds and may be one early.
      expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(19);
      expect(clock.nowMs() - wallMs).toBeGreaterThanOrEqual(18);
      expect(Number.isInteger(clock.nowMs())).toBe(true);
    });

    promise('an abort ends a sleep early, without an error', async ({ clock, timers }) => {
      const startMs = clock.monotonicMs();
      const abort = new AbortController();
      const sleeping = timers.sleep(60_000, abort.signal);
      await timers.sleep(1);
      abort.abort();
      await sleeping;
      await timers.sleep(60_000, abort.signal);
      expect(clock.monotonicMs() - startMs).toBeLessThan(30_000);
    });

    promise('a rest lasts as long as asked, and an abort ends it', async ({ clock, timers }) => {
      const startMs = clock.monotonicMs();
      const abort = new AbortController();
      await Promise.all([timers.rest(20, abort.signal), timers.sleep(20)]);
      expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(19);
      const resting = timers.rest(60_000, abort.signal);
      await timers.sleep(1);
      abort.abort();
      await resting;
      expect(clock.monotonicMs() - startMs).toBeLessThan(30_000);
    });

    promise('a yield lets others run', async ({ timers }) => {
      let ran = false;
      const other = timers.yield().then(() => (ran = true));
      for (let turn = 0; turn < 1000 && !ran; turn++) await timers.yield();
      expect(ran).toBe(true);
      await other;
    });

    promise('randomness gives whole numbers below 2^32 and as many bytes as asked', async ({ random }) => {
      const drawn = new Set(Array.from({ length: 100 }, () => random.uint32()));
      expect(drawn.size).toBeGreaterThan(95);
      for (const number of drawn) expect(number).toBe(number >>> 0);
      expect(random.bytes(33)).toHaveLength(33);
    });

    promise('a file reads back as last written, a missing one as undefined', async ({ files }, folder) => {
      expect(await files.read(`${folder}/a`)).toBeUndefined();
      await files.writeDurably(`${folder}/a`, Buffer.from('long first'));
      await files.writeDurably(`${folder}/a`, Buffer.from('second'));
      expect(Buffer.from((await files.read(`${folder}/a`))!).toString()).toBe('second');
      expect(await files.list(folder)).toEqual(['a']);
    });

    promise(
      'a folder is made with its parents, listed in order and removed with all in it',
      async ({ files }, folder) => {
        await files.makeDirectory(`${folder}/x/y/z`);
        await files.makeDirectory(`${folder}/x/y/z`);
        await files.writeDurably(`${folder}/x/y/b`, Buffer.from('b'));
        await files.writeDurably(`${folder}/x/y/a`, Buffer.from('a'));
        expect(await files.list(`${folder}/x/y`)).toEqual(['a', 'b', 'z']);
        await files.remove(`${folder}/x/y`);
        expect(await files.list(`${folder}/x`)).toEqual([]);
        expect(await files.list(`${folder}/x/y`)).toEqual([]);
        expect(await files.read(`${folder}/x/y/a`)).toBeUndefined();
        await files.remove(`${folder}/x/y`);
      },
    );

    promise('a file says when it was last written', async ({ clock, timers, files }, folder) => {
      expect(await files.modifiedMs(`${folder}/a`)).toBeUndefined();
      await files.writeDurably(`${folder}/a`, Buffer.from('first'));
      const first = (await files.modifiedMs(`${folder}/a`))!;
      // A file system's clock may run a tick behind.
      expect(Math.abs(clock.nowMs() - first)).toBeLessThan(1000);
      await timers.sleep(30);
      await files.writeDurably(`${folder}/a`, Buffer.from('second'));
      const second = (await files.modifiedMs(`${folder}/a`))!;
      expect(second).toBeGreaterThan(first);
      await timers.sleep(30);
      expect(await files.modifiedMs(`${folder}/a`)).toBe(second);
    });

    promise('a file is not written into a folder that is not there', async ({ files }, folder) => {
      await expect(files.writeDurably(`${folder}/none/a`, Buffer.from('a'))).rejects.toThrow();
    });

    promise('a file is read at any place into any memory', async ({ files }, folder) => {
      expect(files.sizeBytes(`${folder}/a`)).toBeUndefined();
      expect(files.open(`${folder}/a`)).toBeUndefined();
      await files.writeDurably(`${folder}/a`, Buffer.from('0123456789'));
      expect(files.sizeBytes(`${folder}/a`)).toBe(10);
      const file = files.open(`${folder}/a`)!;
      expect(file.sizeBytes).toBe(10);
      const memory = new Uint8Array(new SharedArrayBuffer(16), 3, 6);
      expect(file.readInto(memory, 2)).toBe(6);
      expect(Buffer.from(memory).toString()).toBe('234567');
      expect(file.readInto(memory, 7)).toBe(3);
      expect(Buffer.from(memory).toString()).toBe('789567');
      expect(file.readInto(memory, 10)).toBe(0);
      file.close();
    });

    promise('an open file outlives its name', async ({ files }, folder) => {
      await files.writeDurably(`${folder}/a`, Buffer.from('kept'));
      const file = files.open(`${folder}/a`)!;
      await files.remove(`${folder}/a`);
      const bytes = new Uint8Array(4);
      expect(file.readInto(bytes, 0)).toBe(4);
      expect(Buffer.from(bytes).toString()).toBe('kept');
      file.close();
    });

    promise('a new file grows by its writes, and is made only once', async ({ files }, folder) => {
      const writer = await files.create(`${folder}/a`);
      await writer.write(Buffer.from('one '));
      await writer.write(Buffer.from('two'));
      await writer.sync();
      await writer.close();
      await files.syncDirectory(folder);
      expect(Buffer.from((await files.read(`${folder}/a`))!).toString()).toBe('one two');
      await expect(files.create(`${folder}/a`)).rejects.toThrow();
      await expect(files.create(`${folder}/none/a`)).rejects.toThrow();
    });

    promise('a folder is renamed with all in it, a file also over another', async ({ files }, folder) => {
      await files.makeDirectory(`${folder}/tmp_x`);
      await files.writeDurably(`${folder}/tmp_x/a`, Buffer.from('a'));
      await files.writeDurably(`${folder}/tmp_x/b`, Buffer.from('b'));
      await files.rename(`${folder}/tmp_x/a`, `${folder}/tmp_x/b`);
      await files.rename(`${folder}/tmp_x`, `${folder}/x`);
      await files.syncDirectory(folder);
      expect(await files.list(folder)).toEqual(['x']);
      expect(await files.list(`${folder}/x`)).toEqual(['b']);
      expect(Buffer.from((await files.read(`${folder}/x/b`))!).toString()).toBe('a');
      await expect(files.rename(`${folder}/none`, `${folder}/y`)).rejects.toThrow();
    });

    promise('a folder does not replace one that holds something', async ({ files }, folder) => {
      await files.makeDirectory(`${folder}/x`);
      await files.makeDirectory(`${folder}/y`);
      await files.writeDurably(`${folder}/y/a`, Buffer.from('a'));
      await expect(files.rename(`${folder}/x`, `${folder}/y`)).rejects.toThrow();
      expect(await files.list(`${folder}/y`)).toEqual(['a']);
    });

    promise('a lock is held once, says by whom, and is free after release', async ({ files }, folder) => {
      const lock = await take(files, `${folder}/LOCK`);
      expect(await files.lock(`${folder}/LOCK`)).toEqual({ heldBy: expect.stringMatching(/^pid \d+$/) });
      await lock.describe('http://localhost:8123');
      expect(await files.lock(`${folder}/LOCK`)).toEqual({
        heldBy: expect.stringMatching(/^pid \d+, http:\/\/localhost:8123$/),
      });
      await lock.release();
      const again = await take(files, `${folder}/LOCK`);
      await lock.release();
      expect(await files.lock(`${folder}/LOCK`)).toHaveProperty('heldBy');
      await again.release();
    });
  });
}

async function take(files: Ports['files'], path: string): Promise<FileLock> {
  const lock = await files.lock(path);
  if ('heldBy' in lock) throw new Error(`the lock is held by ${lock.heldBy}`);
  return lock;
}
