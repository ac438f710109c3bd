// measure.ts — interleaved measuring: within each round everyone takes a turn, so that whatever the machine does
// meanwhile meets all of them. A round's figure is the median or the mean of its calls, the result the rounds' median.

/** What is measured; call number n asks the same of everyone. */
export type Call<E> = {
  readonly name: string;
  /** p50: median latency of one call at a time. mean: wall time ÷ calls, with `writers` calls under way. */
  readonly figure: 'p50' | 'mean';
  readonly writers: number;
  readonly run: (engine: E, call: number) => Promise<unknown>;
};

export type Measured = {
  readonly operation: string;
  readonly engine: string;
  /** Microseconds per call, of each round. */
  readonly rounds: readonly number[];
  readonly medianUs: number;
  /** Processor time of all threads per call: the rounds' median. */
  readonly cpuUs: number;
  readonly calls: number;
};

type Round = { readonly us: number; readonly cpuUs: number; readonly calls: number };

const ROUND_MS = 300;
const MIN_CALLS = 3;

/** One operation on all engines: a round to warm up, then `roundCount` rounds. */
export async function measure<E extends { readonly name: string }>(
  engines: readonly E[],
  operation: Call<E>,
  roundCount: number,
): Promise<Measured[]> {
  const rounds = engines.map((): Round[] => []);
  const calls = engines.map(() => 0);
  for (let round = 0; round <= roundCount; round++) {
    for (let turn = 0; turn < engines.length; turn++) {
      const which = (turn + round) % engines.length;
      const figures = await runRound(engines[which]!, operation, calls[which]!);
      calls[which]! += figures.calls;
      if (round > 0) rounds[which]!.push(figures);
    }
  }
  return engines.map((engine, i) => ({
    operation: operation.name,
    engine: engine.name,
    ...mediansOf(rounds[i]!),
    calls: calls[i]!,
  }));
}

export function mediansOf(
  rounds: readonly Pick<Round, 'us' | 'cpuUs'>[],
): Pick<Measured, 'rounds' | 'medianUs' | 'cpuUs'> {
  const walls = rounds.map(({ us }) => us);
  return { rounds: walls, medianUs: median(walls), cpuUs: median(rounds.map(({ cpuUs }) => cpuUs)) };
}

async function runRound<E>(engine: E, operation: Call<E>, firstCall: number): Promise<Round> {
  const stopwatch = startStopwatch();
  const startMs = performance.now();
  const latencies: number[] = [];
  let call = firstCall;
  const writer = async (): Promise<void> => {
    while (performance.now() - startMs < ROUND_MS || latencies.length < MIN_CALLS) {
      const callMs = performance.now();
      await operation.run(engine, call++);
      latencies.push(performance.now() - callMs);
    }
  };
  await Promise.all(Array.from({ length: operation.writers }, writer));
  const { us, cpuUs } = stopwatch();
  const calls = latencies.length;
  return {
    us: operation.figure === 'p50' ? 1_000 * median(latencies) : us / calls,
    cpuUs: cpuUs / calls,
    calls,
  };
}

/** Microseconds since now: on the wall, and of the processors in all threads of this process. */
export function startStopwatch(): () => { readonly us: number; readonly cpuUs: number } {
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(startCpu);
    return { us: 1_000 * (performance.now() - startMs), cpuUs: user + system };
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that `percent` of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
}
