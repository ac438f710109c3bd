// worker-main.ts — what a worker thread runs: jobs from worker-pool.ts, one after the other; a piece of the log makes way for others.

import { nodePorts } from '../io/node-ports.ts';
import { onMessage, postMessage, threadData } from '../io/node-threads.ts';
import { attachKernelRuntime } from '../kernels/runtime.ts';
import type { Kv } from '../kv/kv.ts';
import { shareLevelKv } from '../kv/level-kv.ts';
import { directWriter, runLogJob, type LogJob } from '../pipeline/log-job.ts';
import { readPartContents, type PartContents } from '../parts/part-contents.ts';
import { ReaderCache } from '../parts/reader-cache.ts';
import { FragmentRun } from './fragment.ts';
import { MemoryTracker } from './memory-tracker.ts';
import { workOff, type JobResult, type MorselJob } from './morsel-job.ts';
import { boundFragment, plainPartial } from './plain-fragment.ts';
import { packError, READY, type JobReply, type WorkerData, type WorkerMessage } from './worker-pool.ts';

const { memory, module } = threadData as WorkerData;
attachKernelRuntime(memory, module);

const { files } = nodePorts;
const contents = new Map<string, PartContents>();
let readers: ReaderCache | undefined;
/** Of the store whose process this is; closed when the thread ends. */
let sharedKv: Promise<Kv> | undefined;

onMessage((message) => {
  const asked = message as WorkerMessage;
  if ('forget' in asked) forget(asked.forget);
  else if ('log' in asked) void answerLog(asked.id, asked.log);
  else postMessage(answer(asked.id, asked.job as MorselJob, asked.thread));
});
postMessage(READY);

function answer(id: number, job: MorselJob, thread: number): JobReply {
  try {
    return { id, result: runJob(job, thread) };
  } catch (error) {
    return { id, error: packError(error) };
  }
}

async function answerLog(id: number, job: LogJob): Promise<void> {
  let reply: JobReply;
  try {
    const kv = await (sharedKv ??= shareLevelKv(job.storePath));
    reply = { id, result: await runLogJob({ kv, committer: directWriter(kv) }, job) };
  } catch (error) {
    reply = { id, error: packError(error) };
  }
  postMessage(reply);
}

function forget(folder: string): void {
  contents.delete(folder);
  readers?.forget(folder);
}

function runJob(job: MorselJob, thread: number): JobResult {
  const lease = (readers ??= new ReaderCache(files, job.columnCacheBytes)).lease();
  const tracker = new MemoryTracker(job.memoryLimitBytes);
  const run = new FragmentRun(boundFragment(job.fragment), tracker);
  try {
    const partOf = (position: number): PartContents =>
      contentsOf(job.folders[position]!, job.indexGranularity);
    const work = workOff(job, thread, run, lease, partOf, (bytes) => tracker.add(bytes));
    for (;;) {
      const { done, value } = work.next();
      if (done) return { partial: plainPartial(run.partial()), counts: value };
    }
  } finally {
    run.close();
    lease.release();
  }
}

function contentsOf(folder: string, indexGranularity: number): PartContents {
  let known = contents.get(folder);
  if (!known) contents.set(folder, (known = readPartContents(files, folder, indexGranularity)));
  return known;
}
