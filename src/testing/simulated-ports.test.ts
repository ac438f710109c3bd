import { expect, test } from 'vitest';
import { describePortsContract } from './ports-contract.ts';
import { runSimulation, type Simulation } from './simulated-ports.ts';

describePortsContract({
  name: 'simulated ports',
  run: (body) =>
    runSimulation(1, async ({ ports }) => {
      await ports.files.makeDirectory('/data');
      await body(ports, '/data');
    }),
});

/** Three tasks that note when they run. */
async function interleave({ ports: { timers, clock, random } }: Simulation): Promise<string> {
  const notes: string[] = [];
  const task = async (name: string): Promise<void> => {
    for (let step = 0; step < 4; step++) {
      await timers.sleep(random.uint32() % 3);
      notes.push(`${name}${clock.monotonicMs()}`);
    }
  };
  await Promise.all([task('a'), task('b'), task('c')]);
  return notes.join(' ');
}

test('one seed gives one run, and other seeds give others', async () => {
  const runs = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    const run = await runSimulation(seed, interleave);
    expect(await runSimulation(seed, interleave)).toBe(run);
    runs.add(run);
  }
  expect(runs.size).toBeGreaterThan(25);
});

test('an hour of sleep takes no real time', async () => {
  const startMs = performance.now();
  const sleptMs = await runSimulation(1, async ({ ports: { timers, clock } }) => {
    await timers.sleep(3_600_000);
    return clock.monotonicMs();
  });
  expect(sleptMs).toBe(3_600_000);
  expect(performance.now() - startMs).toBeLessThan(5000);
});

test('time stands still while a task can run', async () => {
  await runSimulation(1, async ({ ports: { timers, clock } }) => {
    void timers.sleep(1).then(() => undefined);
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    expect(clock.monotonicMs()).toBe(0);
  });
});

test('a killed process is not woken, and its lock is free', async () => {
  await runSimulation(1, async ({ ports, startProcess }) => {
    const process = startProcess();
    let woken = 0;
    const loop = async (): Promise<void> => {
      for (;;) {
        await process.ports.timers.sleep(10);
        woken++;
      }
    };
    void loop();
    await process.ports.files.lock('/LOCK');
    await ports.timers.sleep(35);
    process.kill();
    await ports.timers.sleep(100);
    expect(woken).toBe(3);
    expect(await ports.files.lock('/LOCK')).toHaveProperty('release');
  });
});

test('a file write that a kill interrupts leaves the old content or the new, never both', async () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    await runSimulation(seed, async ({ ports, startProcess }) => {
      const process = startProcess();
      await ports.files.makeDirectory('/data');
      await ports.files.writeDurably('/data/a', Buffer.from('old'));
      void process.ports.files.writeDurably('/data/a', Buffer.from('new'));
      await ports.timers.yield();
      process.kill();
      seen.add(Buffer.from((await ports.files.read('/data/a'))!).toString());
    });
  }
  expect([...seen].sort()).toEqual(['new', 'old']);
});

/** Writes /data/tmp_p/f, perhaps syncing on the way, renames the folder to /data/p and dies; what is there then. */
async function partAfterCrash(seed: number, syncs: { file: boolean; parent: boolean }): Promise<string> {
  return runSimulation(seed, async ({ ports, startProcess }) => {
    const process = startProcess();
    const { files } = process.ports;
    await files.makeDirectory('/data/tmp_p');
    const writer = await files.create('/data/tmp_p/f');
    await writer.write(Buffer.from('whole'));
    if (syncs.file) {
      await writer.sync();
      await files.syncDirectory('/data/tmp_p');
    }
    await files.rename('/data/tmp_p', '/data/p');
    if (syncs.parent) await files.syncDirectory('/data');
    process.kill();
    const [name] = await ports.files.list('/data');
    const bytes = await ports.files.read(`/data/${name}/f`);
    return `${name}: ${bytes ? Buffer.from(bytes).toString() : 'no file'}`;
  });
}

async function outcomes(syncs: { file: boolean; parent: boolean }): Promise<string[]> {
  const seen = new Set<string>();
  for (let seed = 0; seed < 60; seed++) seen.add(await partAfterCrash(seed, syncs));
  return [...seen].sort();
}

test('a crash keeps what was synced, and of the rest as much as the seed decides', async () => {
  expect(await outcomes({ file: true, parent: true })).toEqual(['p: whole']);
  expect(await outcomes({ file: true, parent: false })).toEqual(['p: whole', 'tmp_p: whole']);
  const unsynced = await outcomes({ file: false, parent: true });
  expect(unsynced).toContain('p: no file');
  expect(unsynced).toContain('p: wh');
  expect(unsynced.every((outcome) => outcome.startsWith('p: '))).toBe(true);
  expect(await outcomes({ file: false, parent: false })).toContain('tmp_p: no file');
});

test('a crash takes nothing from a process that lives on', async () => {
  for (let seed = 0; seed < 20; seed++) {
    await runSimulation(seed, async ({ ports, startProcess }) => {
      const process = startProcess();
      await ports.files.makeDirectory('/data');
      const writer = await ports.files.create('/data/mine');
      await writer.write(Buffer.from('mine'));
      await (await process.ports.files.create('/data/theirs')).write(Buffer.from('theirs'));
      process.kill();
      expect(Buffer.from((await ports.files.read('/data/mine'))!).toString()).toBe('mine');
    });
  }
});

test('a run whose tasks all wait for nothing fails and names its seed', async () => {
  await expect(runSimulation(42, () => new Promise(() => undefined))).rejects.toThrow(
    'simulation with seed 42 failed after 0 ms: every task waits',
  );
});

test('a run without end fails', async () => {
  const endless = async ({ ports }: Simulation): Promise<void> => {
    for (;;) await ports.timers.sleep(1);
  };
  await expect(runSimulation(1, endless, { maxSteps: 100 })).rejects.toThrow('no end after 100 steps');
});

test('a step that finds no space changes nothing, and the next one may succeed', async () => {
  await runSimulation(1, async ({ startProcess }) => {
    let isFull = true;
    const { files } = startProcess({ failFile: () => (isFull ? 'ENOSPC' : undefined) }).ports;
    await expect(files.create('/a')).rejects.toMatchObject({ code: 'ENOSPC', syscall: 'create' });
    isFull = false;
    const file = await files.create('/a');
    await file.write(Buffer.from('one'));
    isFull = true;
    await expect(file.write(Buffer.from('two'))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(Buffer.from((await files.read('/a'))!).toString()).toBe('one');
  });
});

test('a process that dies in a step does not finish it', async () => {
  await runSimulation(1, async ({ ports, startProcess }) => {
    const process = startProcess({
      maxFileMs: 3,
      failFile: ({ kind }) => void (kind === 'rename' && process.kill()),
    });
    const { files } = process.ports;
    const file = await files.create('/a');
    await file.sync();
    await files.syncDirectory('/');
    let isRenamed = false;
    void files.rename('/a', '/b').then(() => (isRenamed = true));
    await ports.timers.sleep(10);
    expect(isRenamed).toBe(false);
    expect(await ports.files.list('/')).toEqual(['a']);
  });
});
