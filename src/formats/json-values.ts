// json-values.ts — reads one JSON value into a column, arrays and objects into arrays, tuples and maps.

import { WinnowError } from '../base/errors.ts';
import type { ColumnBuilder } from '../types/column-builder.ts';
import { ArrayBuilder, TupleBuilder } from '../types/composite-builders.ts';
import { isNullable, typeName, withoutNullable, type TupleType } from '../types/data-type.ts';
import { appendValue } from '../types/value.ts';
import { cellAppender } from './input-cells.ts';
import { foundAt, malformed } from './input-rows.ts';
import type { JsonScanner } from './json-scanner.ts';

const [QUOTE, COMMA, COLON] = [0x22, 0x2c, ':'];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Appends the value at the scanner's place. */
export type ReadJson = (scanner: JsonScanner) => void;

/** A reader of values other than null. */
export function jsonReader(builder: ColumnBuilder): ReadJson {
  if (builder instanceof TupleBuilder) {
    const { elements } = builder.type as TupleType;
    return elements[0]?.name === undefined ? tupleReader(builder) : namedTupleReader(builder, elements);
  }
  if (!(builder instanceof ArrayBuilder)) return simpleReader(builder);
  return builder.type.kind === 'Map' ? mapReader(builder) : listReader(builder);
}

/** null inside a value is the default of a type that takes no NULL. */
function partReader(builder: ColumnBuilder): ReadJson {
  const read = jsonReader(builder);
  return (scanner) => {
    if (scanner.peek() !== 0x6e) return read(scanner);
    scanner.word('null');
    if (isNullable(builder.type)) builder.appendNull();
    else builder.appendDefault();
  };
}

function listReader(builder: ArrayBuilder): ReadJson {
  const element = partReader(builder.elements);
  return (scanner) => {
    scanner.expect('[');
    if (!scanner.accept(CLOSE_BRACKET)) {
      do element(scanner);
      while (scanner.accept(COMMA));
      scanner.expect(']');
    }
    builder.endValue();
  };
}

function mapReader(builder: ArrayBuilder): ReadJson {
  const pairs = builder.elements as TupleBuilder;
  const key = cellAppender(pairs.fields[0]!);
  const value = partReader(pairs.fields[1]!);
  return (scanner) => {
    readEntries(scanner, () => {
      key(scanner.text, scanner.start, scanner.end);
      scanner.expect(COLON);
      value(scanner);
      pairs.endValue();
    });
    builder.endValue();
  };
}

/** `{ … }`: `readValue` is called with each name in the scanner's token, and reads what stands behind it. */
function readEntries(scanner: JsonScanner, readValue: () => void): void {
  scanner.expect('{');
  if (scanner.accept(CLOSE_BRACE)) return;
  do {
    scanner.string();
    readValue();
  } while (scanner.accept(COMMA));
  scanner.expect('}');
}

function tupleReader(builder: TupleBuilder): ReadJson {
  const fields = builder.fields.map(partReader);
  return (scanner) => {
    scanner.expect('[');
    for (const [i, field] of fields.entries()) {
      if (i > 0) scanner.expect(',');
      field(scanner);
    }
    scanner.expect(']');
    builder.endValue();
  };
}

/** Names that the tuple does not have are skipped, elements that are missing are defaults, as in ClickHouse. */
function namedTupleReader(builder: TupleBuilder, elements: TupleType['elements']): ReadJson {
  const fields = builder.fields.map(partReader);
  const places = new Map(elements.map(({ name }, i) => [name, i]));
  return (scanner) => {
    readEntries(scanner, () => {
      const name = scanner.text.toString('utf8', scanner.start, scanner.end);
      const place = places.get(name);
      scanner.expect(COLON);
      if (place === undefined) return scanner.skipValue();
      if (builder.fields[place]!.rowCount > builder.rowCount)
        throw new WinnowError('INCORRECT_DATA', `the tuple names element ${name} twice`);
      fields[place]!(scanner);
    });
    for (const field of builder.fields) if (field.rowCount === builder.rowCount) field.appendDefault();
    builder.endValue();
  };
}

function simpleReader(builder: ColumnBuilder): ReadJson {
  const cell = cellAppender(builder);
  const { kind } = withoutNullable(builder.type);
  const appendWord = (word: string): void => cell(Buffer.from(word), 0, word.length);
  // A number means for dates and times what it means to ClickHouse there: days, seconds, ticks.
  const isTemporal = kind === 'Date' || kind === 'Date32' || kind === 'DateTime' || kind === 'DateTime64';
  // A boolean is 1 or 0 where a number is expected.
  const [yes, no] = kind === 'Bool' || kind === 'String' ? ['true', 'false'] : ['1', '0'];
  return (scanner) => {
    switch (scanner.peek()) {
      case QUOTE:
        scanner.string();
        return cell(scanner.text, scanner.start, scanner.end);
      case 0x74:
        scanner.word('true');
        return appendWord(yes);
      case 0x66:
        scanner.word('false');
        return appendWord(no);
      case OPEN_BRACE:
      case OPEN_BRACKET: {
        // An object or array goes into a String as it stands.
        const start = scanner.at;
        scanner.skipValue();
        if (kind === 'String') return cell(scanner.data, start, scanner.at);
        const found = foundAt(scanner.data, start);
        throw malformed(`an object or array is no value of type ${typeName(builder.type)}: ${found}`);
      }
      default: {
        scanner.number();
        if (!isTemporal) return cell(scanner.text, scanner.start, scanner.end);
        const text = scanner.text.toString('latin1', scanner.start, scanner.end);
        return appendValue(builder, scanner.whole ? BigInt(text) : text);
      }
    }
  };
}
