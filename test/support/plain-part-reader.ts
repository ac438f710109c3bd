// plain-part-reader.ts — reads columns of a part from its bytes, value by value and from the first to the last: an oracle
// for the reader that jumps by marks and decodes by kernels. It looks at data files only, and throws at anything odd.

import type { ColumnBuilder } from '../../src/types/column-builder.ts';
import { createColumnBuilder } from '../../src/types/column-builder.ts';
import type { Column, NamedType } from '../../src/types/column.ts';
import { type DataType, elementType, isNullable, physicalOf } from '../../src/types/data-type.ts';
import { lz4Decompress } from '../../src/kernels/twins/lz4.ts';
import { streamFileName } from '../../src/parts/file-name.ts';
import {
  columnPath,
  dictionaryStream,
  elementsPath,
  fieldPath,
  nullStream,
  sizeStream,
  type StreamPath,
} from '../../src/parts/stream-names.ts';

export type FileBytes = ReadonlyMap<string, Buffer>;

class Odd extends Error {}

/** The bytes are of a kind that this reader does not know. */
export class Unknown extends Error {}

/** The decompressed content of a file of compressed blocks. */
export function plainContent(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 25) throw new Odd('half a header');
    const [method, size, decompressedBytes] = [
      bytes[at + 16]!,
      bytes.readUInt32LE(at + 17),
      bytes.readUInt32LE(at + 21),
    ];
    if (size < 9 || at + 16 + size > bytes.length) throw new Odd('half a block');
    const payload = bytes.subarray(at + 25, at + 16 + size);
    // What a block cannot give is not even tried.
    if (decompressedBytes > 255 * payload.length) throw new Odd('too large');
    if (method >= 0x90 && method <= 0x95) throw new Unknown(`method ${method}`);
    const piece =
      method === 0x82 ? lz4Decompress(payload, decompressedBytes) : method === 0x02 ? payload : undefined;
    if (!piece || piece.length !== decompressedBytes) throw new Odd('no block');
    pieces.push(Buffer.from(piece));
    at += 16 + size;
  }
  return Buffer.concat(pieces);
}

/** All rows of a column. Errors: any, when the files are not those of such a column. */
export function readPlain(files: FileBytes, { name, type }: NamedType, rowCount: number): Column {
  const streams = new Map<string, Source>();
  const open = (stream: string): Source => {
    const known = streams.get(stream);
    if (known) return known;
    const bytes = files.get(`${streamFileName(stream)}.bin`);
    if (!bytes) throw new Odd('no file');
    const source = new Source(plainContent(bytes));
    streams.set(stream, source);
    return source;
  };
  const column = read(type, columnPath(name), rowCount, open);
  for (const source of streams.values()) source.end();
  return column;
}

class Source {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(size: number): Buffer {
    if (size > this.bytes.length - this.at) throw new Odd('the end');
    this.at += size;
    return this.bytes.subarray(this.at - size, this.at);
  }

  number(): number {
    const value = this.take(8).readBigUInt64LE();
    if (value > 0xffff_ffffn) throw new Odd('too large');
    return Number(value);
  }

  text(): Buffer {
    let size = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.take(1)[0]!;
      size += (byte % 128) * factor;
      if (byte < 128) return this.take(size);
      if (factor > 2 ** 32) throw new Odd('too large');
    }
  }

  end(): void {
    if (this.at < this.bytes.length) throw new Odd('more bytes');
  }
}

type Open = (stream: string) => Source;

function read(type: DataType, path: StreamPath, rowCount: number, open: Open): Column {
  switch (type.kind) {
    case 'Array':
    case 'Map': {
      const sizes = open(sizeStream(path));
      const offsets = [0];
      for (let row = 0; row < rowCount; row++) offsets.push(offsets.at(-1)! + sizes.number());
      if (offsets.at(-1)! > 0xffff_ffff) throw new Odd('too large');
      const elements = read(elementType(type), elementsPath(path), offsets.at(-1)!, open);
      return {
        layout: 'array',
        type,
        rowCount,
        offsets: Uint32Array.from(offsets),
        elements,
        nulls: undefined,
      };
    }
    case 'Tuple': {
      const fields = type.elements.map((element, i) =>
        read(element.type, fieldPath(path, element, i), rowCount, open),
      );
      return { layout: 'tuple', type, rowCount, fields, nulls: undefined };
    }
    case 'LowCardinality':
      return readCodes(type, open(dictionaryStream(path)), open(path.base), rowCount);
    default:
      return readValues(type, path, rowCount, open);
  }
}

function readValues(type: DataType, path: StreamPath, rowCount: number, open: Open): Column {
  const nulls = type.kind === 'Nullable' ? open(nullStream(path)).take(rowCount) : undefined;
  const source = open(path.base);
  const builder = createColumnBuilder(type);
  const scratch = createColumnBuilder(type.kind === 'Nullable' ? type.inner : type);
  for (let row = 0; row < rowCount; row++) {
    const flag = nulls?.[row] ?? 0;
    if (flag > 1) throw new Odd('no flag');
    readValue(source, flag === 1 ? scratch : builder);
    if (flag === 1) builder.appendNull();
  }
  return builder.finish();
}

function readValue(source: Source, builder: ColumnBuilder): void {
  const type = builder.type.kind === 'Nullable' ? builder.type.inner : builder.type;
  switch (physicalOf(type)) {
    case 'i8':
      return builder.appendNumber(source.take(1).readInt8());
    case 'i16':
      return builder.appendNumber(source.take(2).readInt16LE());
    case 'i32':
      return builder.appendNumber(source.take(4).readInt32LE());
    case 'i64':
      return builder.appendBigint(source.take(8).readBigInt64LE());
    case 'u8':
      return builder.appendNumber(source.take(1)[0]!);
    case 'u16':
      return builder.appendNumber(source.take(2).readUInt16LE());
    case 'u32':
      return builder.appendNumber(source.take(4).readUInt32LE());
    case 'u64':
      return builder.appendBigint(source.take(8).readBigUInt64LE());
    case 'f32':
      return builder.appendNumber(source.take(4).readFloatLE());
    case 'f64':
      return builder.appendNumber(source.take(8).readDoubleLE());
    default: {
      if (type.kind === 'String') return appendBytes(builder, source.text());
      if (type.kind === 'FixedString') return appendBytes(builder, source.take(type.sizeBytes));
      return appendBytes(builder, Buffer.from(source.take(16)).swap64());
    }
  }
}

const appendBytes = (builder: ColumnBuilder, bytes: Buffer): void =>
  builder.appendBytes(bytes, 0, bytes.length);

/** Pieces of codes in a row, each dictionary where a piece begins it. */
function readCodes(type: DataType, dictionaries: Source, codes: Source, rowCount: number): Column {
  const builder = createColumnBuilder(type);
  if (dictionaries.number() !== 1) throw new Odd('version');
  let shared: Buffer[] | undefined;
  while (builder.rowCount < rowCount) {
    const flags = codes.number();
    if ((flags & 0x300) === 0 || flags > 0x7ff || (flags & 0xff) > 2) throw new Odd('flags');
    // The first dictionary begins with the first piece that uses one, whether or not that says so.
    if ((flags & 0x500) === 0x500 || (flags & 0x100 && !shared)) shared = readTexts(dictionaries);
    const texts = [...(flags & 0x100 ? shared! : []), ...(flags & 0x200 ? readTexts(codes) : [])];
    const width = 2 ** (flags & 0xff);
    for (let left = codes.number(); left > 0; left--) {
      const code = codes.take(width).readUIntLE(0, width);
      const text = texts[code];
      if (!text) throw new Odd('no text');
      if (code === 0 && isNullable(type)) builder.appendNull();
      else appendBytes(builder, text);
    }
  }
  if (builder.rowCount > rowCount) throw new Odd('more codes');
  // A dictionary that no piece uses may stand at the end.
  if (dictionaries.at < dictionaries.bytes.length) readTexts(dictionaries);
  return builder.finish();
}

function readTexts(source: Source): Buffer[] {
  const texts: Buffer[] = [];
  for (let left = source.number(); left > 0; left--) texts.push(source.text());
  return texts;
}
