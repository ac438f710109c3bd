// reader-main.ts — `npm run fuzz -- reader --cases N [--from S | --seed S]`: damaged parts on all cores, one JSON line at the end.
//
// A case is its seed: which part, what is done to it, how it is read. One that hangs or ends its thread is a failed one.

import { availableParallelism } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runCase } from './reader-case.ts';
import { goldenSubjects, pickSubject, type Subject, writtenSubjects } from './reader-subjects.ts';

/** No case takes a hundredth of it. */
const HANG_MS = 60_000;
const LOOK_MS = 1000;

type Share = {
  readonly seeds: readonly number[];
  readonly golden: string;
  readonly progress: SharedArrayBuffer;
};
type Message = { readonly seed: number; readonly failure: string } | { readonly refused: number };

if (isMainThread) await main();
else await runShare(workerData as Share);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      cases: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      golden: { type: 'string', default: 'test/golden/parts' },
    },
  });
  const from = Number(values.seed ?? values.from);
  const count = values.seed === undefined ? Number(values.cases) : 1;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(count) || count < 1) {
    process.stderr.write('Usage: npm run fuzz -- reader [--cases number] [--from seed | --seed seed]\n');
    process.exitCode = 2;
    return;
  }
  const golden = path.resolve(values.golden);
  for (const text of goldenSubjects(golden).left) process.stderr.write(`left out: ${text}\n`);
  if (values.seed !== undefined) await show(from, await subjectsOf(golden));
  process.stderr.write(`seeds ${from} to ${from + count - 1}\n`);
  const seeds = Array.from({ length: count }, (_, i) => from + i);
  const threads = Math.min(availableParallelism(), count);
  const shares = Array.from({ length: threads }, (_, i) => seeds.filter((__, at) => at % threads === i));
  const outcomes = await Promise.all(shares.map((share) => runSeeds(share, golden)));
  const failed = outcomes.reduce((total, outcome) => total + outcome.failed, 0);
  const refused = outcomes.reduce((total, outcome) => total + outcome.refused, 0);
  process.stderr.write(`${refused} parts were refused, ${count - refused} read\n`);
  process.stdout.write(`${JSON.stringify({ cases: count, failed })}\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

async function subjectsOf(golden: string): Promise<Subject[]> {
  return [...goldenSubjects(golden).subjects, ...(await writtenSubjects())];
}

async function show(seed: number, subjects: readonly Subject[]): Promise<void> {
  const { what, isRefused } = await runCase(pickSubject(subjects, seed), seed);
  process.stderr.write(`${what}: ${isRefused ? 'refused' : 'read'}\n`);
}

type Outcome = { readonly failed: number; readonly refused: number };

/** Runs the seeds in threads, a new one behind each seed that ends its thread. */
async function runSeeds(seeds: readonly number[], golden: string): Promise<Outcome> {
  let [failed, refused] = [0, 0];
  for (let left = seeds; left.length > 0;) {
    const share: Share = { seeds: left, golden, progress: new SharedArrayBuffer(4) };
    const ended = await inThread(share, (message) => {
      if ('refused' in message) return (refused += message.refused);
      process.stderr.write(`seed ${message.seed}: ${message.failure}\n`);
      return failed++;
    });
    const done = Atomics.load(new Int32Array(share.progress), 0);
    if (ended === undefined) break;
    process.stderr.write(`seed ${left[done]}: ${ended}\n`);
    failed++;
    left = left.slice(done + 1);
  }
  return { failed, refused };
}

/** How the thread ended before its time; undefined when it did not. */
function inThread(share: Share, onMessage: (message: Message) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    const progress = new Int32Array(share.progress);
    let [seen, sinceMs] = [-1, 0];
    const timer = setInterval(() => {
      const now = Atomics.load(progress, 0);
      sinceMs = now === seen ? sinceMs + LOOK_MS : 0;
      seen = now;
      if (sinceMs >= HANG_MS) finish(`hangs for ${HANG_MS / 1000} s`);
    }, LOOK_MS);
    const finish = (how: string | undefined): void => {
      clearInterval(timer);
      // The first reason counts: ending the thread is an exit, too.
      resolve(how);
      void worker.terminate();
    };
    worker.on('message', onMessage);
    worker.on('error', (error) => finish(`ends its thread: ${error.stack}`));
    worker.on('exit', (code) =>
      finish(
        Atomics.load(progress, 0) === share.seeds.length ? undefined : `ends its thread with code ${code}`,
      ),
    );
  });
}

async function runShare({ seeds, golden, progress }: Share): Promise<void> {
  const subjects = await subjectsOf(golden);
  let refused = 0;
  for (const [i, seed] of seeds.entries()) {
    const { what, isRefused, complaint } = await runCase(pickSubject(subjects, seed), seed);
    if (complaint !== undefined) send({ seed, failure: `${what}: ${complaint}` });
    if (isRefused) refused++;
    Atomics.store(new Int32Array(progress), 0, i + 1);
  }
  send({ refused });
}

function send(message: Message): void {
  parentPort!.postMessage(message);
}
