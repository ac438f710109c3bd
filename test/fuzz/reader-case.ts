// reader-case.ts — one damaged part: every outcome is an error that names a file, or the right rows.
//
// Damage that the checksums of the part can tell never changes a row, and the verifier finds it; columns.txt has none, and
// may give a column another type. Below the checksums — all
// hashes made right again — a part may be a valid one with other rows. Then:
//   only columns of the changed file have other rows (in a Compact part: at most one column), and as many as before;
//   the rows are the same, or an error, however many granules are read at once;
//   a reader that goes through the bytes value by value finds the same, where there is one (Wide parts of the plain profile);
//   a verifier that finds nothing says that primary index, bounds, partition and skip indexes are what they were.

import { createRandom, type Random } from '../../src/base/random.ts';
import { WinnowError } from '../../src/base/errors.ts';
import { decompressAll } from '../../src/parts/compressed-block.ts';
import { parseColumns } from '../../src/parts/columns-file.ts';
import { escapeFileName } from '../../src/parts/file-name.ts';
import { Part } from '../../src/parts/part.ts';
import { COLUMNS_FILE } from '../../src/parts/part-files.ts';
import type { PartSchema } from '../../src/parts/schema.ts';
import { verifyPart } from '../../src/parts/verify-part.ts';
import { sameType } from '../../src/types/data-type.ts';
import { type Damaged, damage, damageBelowChecksums } from '../support/damage.ts';
import { linesOf, memoryFiles, readLines } from '../support/parts.ts';
import { type FileBytes, readPlain, Unknown } from '../support/plain-part-reader.ts';
import type { Subject } from './reader-subjects.ts';

/** More than any index here has. */
const MAX_INDEX_BYTES = 1_048_576;

export type CaseOutcome = {
  readonly what: string;
  /** The reader gave an error. */
  readonly isRefused: boolean;
  /** What is wrong; undefined when nothing is. */
  readonly complaint: string | undefined;
};

/** Damages a part as the seed says, reads it and verifies it. */
export async function runCase(subject: Subject, seed: number): Promise<CaseOutcome> {
  const random = createRandom(seed);
  const isBelow = random.chance(0.5);
  const damaged = (isBelow ? damageBelowChecksums : damage)(subject.bytes, random);
  const found = rowsOf(subject, damaged.files, 1 + random.int(6));
  const complaint =
    complaintAboutRows(subject, damaged, isBelow, found, random) ??
    (await complaintAboutVerifier(subject, damaged, isBelow, found));
  const isRefused = found instanceof Error;
  const what = `${subject.name}: ${damaged.what}${isBelow ? ' (below the checksums)' : ''}`;
  return { what, isRefused, complaint };
}

type Rows = readonly string[] | Error;

/** The rows, read in runs of some granules, or the error. */
function rowsOf({ schema, folder }: Subject, bytes: FileBytes, granules: number): Rows {
  try {
    const files = memoryFiles(folder, bytes);
    return readLines(Part.openSync(files, folder, schema), schema, granules, files);
  } catch (error) {
    return error as Error;
  }
}

function complaintAboutRows(
  subject: Subject,
  damaged: Damaged,
  isBelow: boolean,
  found: Rows,
  random: Random,
): string | undefined {
  if (found instanceof Error) return complaintAboutError(subject, found);
  if (found.length !== subject.lines.length) return `${found.length} rows`;
  if (!isBelow) {
    const wrong = otherColumns(subject, found).filter((column) => !hasOtherType(column, subject, damaged));
    return wrong.length > 0
      ? `other rows in column ${wrong.join(', ')}, in spite of the checksums`
      : undefined;
  }
  // Marks that lie show only when a read begins or ends there.
  const again = rowsOf(subject, damaged.files, 1 + random.int(20));
  const complaint = again instanceof Error ? complaintAboutError(subject, again) : undefined;
  if (complaint !== undefined) return complaint;
  if (!(again instanceof Error) && !sameLines(found, again)) return 'other rows when they are read again';
  const others = otherColumns(subject, found).filter((column) => !mayDiffer(damaged, column));
  if (others.length > 0) return `other rows in column ${others.join(', ')}`;
  const plain = plainLines(subject, damaged.files);
  if (typeof plain === 'string') return `rows where a plain reader finds none: ${plain}`;
  return plain && !sameLines(found, plain) ? 'other rows than a plain reader finds' : undefined;
}

function complaintAboutError({ folder }: Subject, error: Error): string | undefined {
  if (!(error instanceof WinnowError)) return `${error.stack}`;
  return error.message.includes(`${folder}/`) ? undefined : `an error that names no file: ${error.message}`;
}

async function complaintAboutVerifier(
  { folder, schema, bytes }: Subject,
  { files, names }: Damaged,
  isBelow: boolean,
  found: Rows,
): Promise<string | undefined> {
  let problems: WinnowError[];
  try {
    problems = await verifyPart(memoryFiles(folder, files), folder, schema);
  } catch (error) {
    return `the verifier fails: ${(error as Error).stack}`;
  }
  const nameless = problems.find(({ message }) => !message.includes(folder));
  if (nameless) return `the verifier names no file: ${nameless.message}`;
  if (problems.length > 0) return undefined;
  if (found instanceof Error) return `the verifier finds nothing, the reader: ${found.message}`;
  const changed = names.filter((name) => !files.get(name)?.equals(bytes.get(name)!));
  const mustBeFound = changed.filter((name) =>
    isBelow ? isAboutRows(name) || isOtherIndex(name, schema, bytes, files) : !isUnlisted(name),
  );
  return mustBeFound.length > 0 ? `the verifier finds nothing in ${mustBeFound.join(', ')}` : undefined;
}

/** Small files that say something about the rows, each in one way only. */
const isAboutRows = (name: string): boolean =>
  /^(count\.txt|primary\.idx|partition\.dat|minmax_.*\.idx)$/.test(name);

/** A skip index of the table with other content. */
function isOtherIndex(
  name: string,
  { skipIndexes }: PartSchema,
  before: FileBytes,
  after: FileBytes,
): boolean {
  const index = skipIndexes.find((each) => name.startsWith(`skp_idx_${each.name}.idx`));
  if (!index) return false;
  const [a, b] = [before, after].map((files) => decompressAll(files.get(name)!, name, MAX_INDEX_BYTES));
  // A bloom_filter of another size may be one of an older release.
  return !a!.equals(b!) && (index.type.kind !== 'bloom_filter' || a!.length === b!.length);
}

/** Not in checksums.txt; columns.txt is judged by the rows. */
const isUnlisted = (name: string): boolean =>
  /^(columns(_substreams)?|default_compression_codec|metadata_version)\.txt$/.test(name);

const sameLines = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, i) => line === b[i]);

/** Names of the columns in which rows differ from those of the whole part. */
function otherColumns({ schema, lines }: Subject, found: readonly string[]): string[] {
  const others = new Set<number>();
  for (const [row, line] of found.entries()) {
    if (line === lines[row]) continue;
    const before = lines[row]!.split('\t');
    for (const [i, cell] of line.split('\t').entries()) if (cell !== before[i]) others.add(i);
  }
  return [...others].map((i) => schema.columns[i]!.name);
}

/** columns.txt, which has no checksum, says so: the values are those of that type, and converted. */
function hasOtherType(column: string, { bytes }: Subject, { files }: Damaged): boolean {
  const [before, after] = [bytes, files].map((each) => {
    const columns = parseColumns(each.get(COLUMNS_FILE)!, COLUMNS_FILE);
    return columns.find(({ name }) => name === column)?.type;
  });
  return before !== undefined && after !== undefined && !sameType(before, after);
}

/** A file of the column was changed; the data of a Compact part is that of all columns. */
function mayDiffer({ names }: Damaged, column: string): boolean {
  const base = escapeFileName(column);
  return names.some(
    (name) =>
      name === 'data.bin' ||
      name === 'serialization.json' ||
      (name.endsWith('.bin') && ['.', '%2E'].some((separator) => name.startsWith(`${base}${separator}`))),
  );
}

/** By a reader that goes through the bytes value by value; undefined of parts for which there is none. */
function plainLines({ schema, lines }: Subject, files: FileBytes): readonly string[] | string | undefined {
  if ([...files.keys()].some((name) => /^data\.bin$|^serialization\.json$|\.(c?mrk|cmrk2)$/.test(name)))
    return undefined;
  try {
    const columns = schema.columns.map((column) => readPlain(files, column, lines.length));
    return linesOf({ rowCount: lines.length, columns }, schema);
  } catch (error) {
    return error instanceof Unknown ? undefined : String(error);
  }
}
