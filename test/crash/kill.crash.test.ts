import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { open } from '../../src/index.ts';

const ROUNDS = 20;
const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'winnow-kill-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the writer, kills it after a while, and answers with the newest acknowledged number per group. */
async function writeAndKill(afterMs: number, first: number): Promise<Map<number, number>> {
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'writer.mjs'), folder, String(first)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1');
      if (output.includes('ready')) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the writer ended by itself with code ${code}`)));
  });
  await ready;
  const ended = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.removeAllListeners('exit');
  child.kill('SIGKILL');
  await ended;
  const lines = output.slice(0, output.lastIndexOf('\n')).split('\n').slice(1);
  return new Map(lines.map((line) => line.split(' ').map(Number) as [number, number]));
}

test(
  `after kill -9 every acknowledged write is there and nothing is half-applied (seed ${seed})`,
  { timeout: 240_000 },
  async () => {
    const random = createRandom(seed);
    const acknowledged = new Map<number, number>();
    let next = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const [group, number] of await writeAndKill(20 + random.int(400), next))
        acknowledged.set(group, number);
      next += 10_000_000;
      await using database = await open(folder);
      type Seen = { group_id: number; parts: number; low: number; high: number };
      const groupsThrough = (index: string): Promise<Seen[]> =>
        database.query(
          `SELECT group_id, toUInt32(count()) AS parts, min(number) AS low, max(number) AS high FROM pairs USE INDEX (${index}) GROUP BY group_id`,
        );
      const groups = await groupsThrough('PRIMARY');
      const byGroup = new Map(groups.map((group) => [group.group_id, group]));
      for (const group of groups) {
        expect(group.parts, `group ${group.group_id} is whole`).toBe(3);
        expect(group.low, `group ${group.group_id} is of one transaction`).toBe(group.high);
      }
      for (const [group, number] of acknowledged) {
        expect(byGroup.get(group)?.high ?? -1, `round ${round}, group ${group}`).toBeGreaterThanOrEqual(
          number,
        );
      }
      const bySecondKey = await groupsThrough('pairs_by_number');
      expect(new Map(bySecondKey.map((group) => [group.group_id, group]))).toEqual(byGroup);
    }
    expect(acknowledged.size).toBeGreaterThan(0);
    console.log(`${ROUNDS} rounds, ${acknowledged.size} groups acknowledged`);
  },
);
