// verify-skip-index.ts — that a skip index says of the rows what ClickHouse would have written of them, and that its marks
// find it.
//
// The index is written again from the rows, to nowhere; its content must be that of the file.
// Not checked, because the rows do not decide it: bloom_filter and set of Nullable values, which also keep what lies under
// NULL; a bloom_filter of another size, as releases before 2020 and merges write them; minmax of rows with NaN, which
// counts or not as the blocks of a merge were cut.

import { CorruptionError } from '../base/errors.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { FileWriter } from '../io/ports.ts';
import { Arena } from '../kernels/arena.ts';
import { Workspace } from '../kernels/workspace.ts';
import type { Block, Column } from '../types/column.ts';
import { isNullable, withoutNullable } from '../types/data-type.ts';
import { LZ4_CHAIN } from './codec.ts';
import { BlockCompressor, BlockDecompressor, decompressAll } from './compressed-block.ts';
import { skipIndexFileName } from './file-name.ts';
import type { PartFiles } from './part-files.ts';
import type { PartSchema } from './schema.ts';
import { type SkipIndex, skipIndexExtension } from './skip-index.ts';
import { SkipIndexWriter } from './skip-index-writer.ts';
import { StreamWriter } from './stream-writer.ts';

/** Marks of an index take less. */
const MAX_MARKS_BYTES = 256 * 1024 * 1024;

const nowhere: FileWriter = {
  write: async () => undefined,
  sync: async () => undefined,
  close: async () => undefined,
};

/** The skip indexes of a part that can be checked. */
export class SkipIndexChecks {
  readonly #files: PartFiles;
  readonly #arena = new Arena();
  readonly #workspace = new Workspace();
  readonly #indexes: readonly { readonly writer: SkipIndexWriter; readonly stream: CountedStream }[];
  /** Indexes of minmax whose rows have NaN. */
  readonly #withNaN = new Set<SkipIndex>();

  constructor(files: PartFiles, schema: PartSchema) {
    this.#files = files;
    const services = {
      compressor: new BlockCompressor(this.#arena),
      workspace: this.#workspace,
      arena: this.#arena,
      settings: schema,
    };
    this.#indexes = schema.skipIndexes
      .filter((index) => isDecidedByRows(index) && files.has(fileOf(index)))
      .map((index) => {
        const stream = new CountedStream(skipIndexFileName(index.name), nowhere, [LZ4_CHAIN], services);
        return { writer: new SkipIndexWriter(index, stream), stream };
      });
  }

  /** The rows of the next granule. */
  add(block: Block): void {
    for (const { writer } of this.#indexes) {
      const { index } = writer;
      if (index.type.kind === 'minmax' && index.expressions.some((each) => holdsNaN(evaluate(each, block))))
        this.#withNaN.add(index);
      writer.begin(block);
      writer.mark();
      writer.append(0, block.rowCount);
    }
  }

  /** All rows were added. Errors: CorruptionError naming the file. */
  async end(): Promise<void> {
    for (const { writer, stream } of this.#indexes) {
      writer.finish();
      const { index } = writer;
      const { decompressed } = await stream.finish(false);
      const stored = this.#files.checksum(fileOf(index)).decompressed;
      const isOlder = index.type.kind === 'bloom_filter' && stored?.sizeBytes !== decompressed?.sizeBytes;
      if (isOlder || this.#withNaN.has(index)) continue;
      if (!stored || !decompressed || !Buffer.from(stored.hash).equals(decompressed.hash))
        throw new CorruptionError(this.#files.path(fileOf(index)), 'what the rows are', 'something else');
      this.#requireMarks(stream, fileOf(index));
    }
  }

  release(): void {
    for (const { writer } of this.#indexes) writer.release();
    this.#workspace.close();
    this.#arena.release();
  }

  #requireMarks({ name, positions }: CountedStream, dataFile: string): void {
    const extension = ['.mrk2', '.cmrk2', '.mrk', '.cmrk', '.mrk3', '.cmrk3', '.mrk4', '.cmrk4'].find(
      (each) => this.#files.has(`${name}${each}`),
    );
    const marksFile = `${name}${extension ?? '.mrk2'}`;
    const stored = this.#files.read(marksFile);
    const path = this.#files.path(marksFile);
    const marks = extension?.startsWith('.c') ? decompressAll(stored, path, MAX_MARKS_BYTES) : stored;
    const recordBytes = marksFile.endsWith('mrk') ? 16 : 24;
    const starts = contentStarts(this.#files.read(dataFile), this.#files.path(dataFile));
    const isTrue = positions.every((position, i) => {
      if ((i + 1) * recordBytes > marks.length) return false;
      const block = starts.get(Number(marks.readBigUInt64LE(i * recordBytes)));
      return block !== undefined && block + Number(marks.readBigUInt64LE(i * recordBytes + 8)) === position;
    });
    if (!isTrue) throw new CorruptionError(path, 'marks of the granules of the index', 'others');
  }
}

const fileOf = ({ name, type }: SkipIndex): string => `${skipIndexFileName(name)}${skipIndexExtension(type)}`;

function isDecidedByRows({ type, expressions }: SkipIndex): boolean {
  if (type.kind !== 'bloom_filter' && type.kind !== 'set') return true;
  return !expressions.some((expression) => isNullable(expression.type));
}

function holdsNaN({ type, ...column }: Column): boolean {
  if (column.layout !== 'fixed' || !withoutNullable(type).kind.startsWith('Float')) return false;
  return (column.values as Float64Array).subarray(0, column.rowCount).some(Number.isNaN);
}

/** Where each block of a file begins: its place in the file, and in the content of all. */
function contentStarts(bytes: Buffer, path: string): ReadonlyMap<number, number> {
  const arena = new Arena();
  try {
    const decompressor = new BlockDecompressor(path, arena);
    const starts = new Map<number, number>();
    let content = 0;
    let at = 0;
    for (; at < bytes.length;) {
      const frame = decompressor.frameAt(bytes, at, 0);
      starts.set(at, content);
      content += frame.decompressedBytes;
      at = frame.end;
    }
    return starts.set(at, content);
  } finally {
    arena.release();
  }
}

/** Knows where in the content granules begin. */
class CountedStream extends StreamWriter {
  readonly positions: number[] = [];
  #sizeBytes = 0;

  override mark(): void {
    super.mark();
    this.positions.push(this.#sizeBytes);
  }

  override commit(sizeBytes: number): void {
    super.commit(sizeBytes);
    this.#sizeBytes += sizeBytes;
  }
}
