import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const COUNT = 20;

type Call = {
  readonly kind: 'write' | 'sync' | 'acknowledge';
  readonly text: string;
  readonly startedAt: number;
  readonly endedAt: number;
};

/** Calls of all threads in a trace, with when each began and ended (seconds). */
function callsIn(trace: string): Call[] {
  const unfinished = new Map<string, { line: string; at: number }>();
  const calls: Call[] = [];
  for (const line of trace.split('\n')) {
    const match = /^(\d+) +(\d+\.\d+) (.*)$/.exec(line);
    if (!match) continue;
    const [, thread, at, rest] = match as unknown as [string, string, string, string];
    const resumed = /^<\.\.\. \w+ resumed>/.test(rest) ? unfinished.get(thread) : undefined;
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { line: rest, at: Number(at) });
      continue;
    }
    const text = resumed ? resumed.line + rest : rest;
    const startedAt = resumed?.at ?? Number(at);
    const duration = Number(/<(\d+\.\d+)>$/.exec(rest)?.[1] ?? 0);
    const endedAt = startedAt + duration;
    if (/^f(data)?sync\(/.test(text)) calls.push({ kind: 'sync', text, startedAt, endedAt });
    else if (text.includes('"acknowledged ')) calls.push({ kind: 'acknowledge', text, startedAt, endedAt });
    else if (text.includes('payload-')) calls.push({ kind: 'write', text, startedAt, endedAt });
  }
  return calls;
}

test(
  'the log is synced after the row is written and before the write is acknowledged',
  { timeout: 60_000 },
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'winnow-sync-'));
    try {
      const traceFile = path.join(folder, 'trace');
      const subject = [
        process.execPath,
        path.join(import.meta.dirname, 'sync-once.mjs'),
        path.join(folder, 'data'),
        String(COUNT),
      ];
      const filter = [
        '-f',
        '-ttt',
        '-T',
        '-s',
        '4096',
        '-e',
        'trace=write,writev,pwrite64,fsync,fdatasync',
        '-o',
        traceFile,
      ];
      const result = spawnSync('strace', [...filter, ...subject], { encoding: 'utf8' });
      expect(result.stderr).toBe('');
      expect(result.status).toBe(0);
      const calls = callsIn(readFileSync(traceFile, 'utf8'));
      for (let id = 0; id < COUNT; id++) {
        const written = calls.find((call) => call.kind === 'write' && call.text.includes(`payload-${id}-`));
        const acknowledged = calls.find(
          (call) => call.kind === 'acknowledge' && call.text.includes(`acknowledged ${id}\\n`),
        );
        expect(written, `write ${id} reached the file`).toBeDefined();
        expect(acknowledged, `write ${id} was acknowledged`).toBeDefined();
        const synced = calls.find(
          (call) =>
            call.kind === 'sync' &&
            call.startedAt >= written!.endedAt &&
            call.endedAt <= acknowledged!.startedAt,
        );
        expect(synced, `a sync lies between write ${id} and its acknowledgement`).toBeDefined();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
