// progress.ts — one line that tells how far a long job is: rewritten in place on a terminal, repeated elsewhere.

const TERMINAL_INTERVAL_MS = 100;
const LOG_INTERVAL_MS = 5_000;

export interface Progress {
  /** `done` of the job's rows are done. */
  update(done: number): void;
  /** Leaves the last state on a line of its own. */
  end(done: number): void;
}

export type ProgressStream = { readonly isTTY?: boolean; write(text: string): unknown };

export type ProgressOptions = {
  /** What is being done: "loading flights". */
  readonly label: string;
  /** Rows done before this run, and when all is done. */
  readonly from: number;
  readonly total: number;
  readonly nowMs: () => number;
  readonly stream: ProgressStream;
};

export function createProgress({ label, from, total, nowMs, stream }: ProgressOptions): Progress {
  const startMs = nowMs();
  let writtenMs = -Infinity;
  const line = (done: number): string => {
    const seconds = (nowMs() - startMs) / 1_000;
    return `${label}: ${describe({ done, total, rowsPerSecond: seconds > 0 ? (done - from) / seconds : 0 })}`;
  };
  return {
    update(done) {
      const now = nowMs();
      if (now - writtenMs < (stream.isTTY ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS)) return;
      writtenMs = now;
      stream.write(stream.isTTY ? `\r\x1b[K${line(done)}` : `${line(done)}\n`);
    },
    end(done) {
      stream.write(`${stream.isTTY ? '\r\x1b[K' : ''}${line(done)}\n`);
    },
  };
}

/** "1,200,000 of 3,000,000 rows (40 %) · 70,123 rows/s · 25 s left" */
export function describe(state: { done: number; total: number; rowsPerSecond: number }): string {
  const { done, total, rowsPerSecond } = state;
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  const rate = Math.round(rowsPerSecond);
  const left = rate > 0 && done < total ? ` · ${Math.ceil((total - done) / rate)} s left` : '';
  return `${count(done)} of ${count(total)} rows (${percent} %) · ${count(rate)} rows/s${left}`;
}

/** A whole number with thousands separators. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
