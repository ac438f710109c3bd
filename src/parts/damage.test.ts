// Damaged parts (test/fuzz/reader-case.ts says what must hold). WINNOW_FUZZ_CASES and WINNOW_SEED for longer runs, or
// `npm run fuzz -- reader`.

import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCase } from '../../test/fuzz/reader-case.ts';
import { goldenSubjects, pickSubject, writtenSubjects } from '../../test/fuzz/reader-subjects.ts';
import { hashedAgain } from '../../test/support/damage.ts';
import { memoryFiles, readLines } from '../../test/support/parts.ts';
import { Arena } from '../kernels/arena.ts';
import { Part } from './part.ts';

const caseCount = Number(process.env['WINNOW_FUZZ_CASES'] ?? 2000);
const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

const folder = path.join(import.meta.dirname, '../../test/golden/parts');

/** Memory that nobody but this file may write. */
const guard = new Arena();
const guarded = guard.u32(65_536).fill(0x5a5a5a5a);
afterAll(() => guard.release());

test(
  'a damaged part gives its rows or an error that names a file',
  async () => {
    const all = [...goldenSubjects(folder).subjects, ...(await writtenSubjects())];
    let refused = 0;
    for (let i = 0; i < caseCount; i++) {
      const { what, isRefused, complaint } = await runCase(pickSubject(all, seed + i), seed + i);
      expect(complaint, `case ${i} of seed ${seed}: ${what}`).toBeUndefined();
      if (isRefused) refused++;
    }
    // Some damage does nothing: to files that nobody needs, or files of equal content exchanged.
    expect(refused).toBeGreaterThan(0.2 * caseCount);
    expect(guarded.every((word) => word === 0x5a5a5a5a)).toBe(true);
  },
  60_000 + 40 * caseCount,
);

test('marks of a stream that has other granules than the part are refused', () => {
  const golden = goldenSubjects(folder).subjects.find(({ name }) => name.includes('oldstyle'))!;
  const { bytes, schema } = golden;
  const marks = bytes.get('lc.dict.mrk2')!;
  const files = memoryFiles(golden.folder, hashedAgain(bytes, 'lc.dict.mrk2', marks.subarray(24)));
  const part = Part.openSync(files, golden.folder, schema);
  expect(() => readLines(part, schema, 1, files)).toThrow(
    /lc\.dict\.mrk2: expected the granules of the part/,
  );
});
