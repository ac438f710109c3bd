import { expect, expectTypeOf, test } from 'vitest';
import { definePipeline, type RowOfTypes, type ValueOfType } from './define-pipeline.ts';

test('the types of map follow from the SQL types of the columns', () => {
  expectTypeOf<ValueOfType<'String'>>().toEqualTypeOf<string>();
  expectTypeOf<ValueOfType<'UInt64'>>().toEqualTypeOf<bigint>();
  expectTypeOf<ValueOfType<'Nullable(UInt8)'>>().toEqualTypeOf<number | null>();
  expectTypeOf<ValueOfType<'LowCardinality(Nullable(String))'>>().toEqualTypeOf<string | null>();
  expectTypeOf<ValueOfType<'Array(Float64)'>>().toEqualTypeOf<readonly number[]>();
  expectTypeOf<ValueOfType<'Decimal(12, 2)'>>().toEqualTypeOf<string>();
  expectTypeOf<RowOfTypes<{ a: 'Bool'; b: 'Date' }>>().toEqualTypeOf<{
    readonly a: boolean;
    readonly b: string;
  }>();
  definePipeline({
    name: 'typed',
    version: 1,
    from: { id: 'UInt64', city: 'Nullable(String)' },
    columns: { city: 'String', big: 'Bool' },
    map: (row) => {
      expectTypeOf(row).toEqualTypeOf<{ readonly id: bigint; readonly city: string | null }>();
      return row.city === null ? undefined : { city: row.city, big: row.id > 1000n };
    },
  });
});

test('a column that is missing, of another type, or not read fails the compiler', () => {
  const from = { id: 'UInt64', city: 'Nullable(String)' } as const;
  definePipeline({
    name: 'missing',
    version: 1,
    from,
    columns: { city: 'String', total: 'Float64' },
    // @ts-expect-error total is missing
    map: () => ({ city: 'x' }),
  });
  definePipeline({
    name: 'wrong',
    version: 1,
    from,
    columns: { total: 'Float64' },
    // @ts-expect-error a UInt64 is a bigint, and total a number
    map: (row) => ({ total: row.id }),
  });
  definePipeline({
    name: 'nullable',
    version: 1,
    from,
    columns: { city: 'String' },
    // @ts-expect-error city may be NULL
    map: (row) => ({ city: row.city }),
  });
  definePipeline({
    name: 'unread',
    version: 1,
    from,
    columns: { n: 'UInt8' },
    // @ts-expect-error `from` does not name it
    map: (row) => ({ n: row.amount }),
  });
});

test('names, versions and types are checked when the pipeline is defined', () => {
  const columns = { n: 'UInt8' } as const;
  const map = (): { n: number } => ({ n: 1 });
  const define = (name: string, version: number, type = 'UInt8') =>
    definePipeline({ name, version, from: { id: type }, columns, map });
  expect(() => define('by city', 1)).toThrow(/a pipeline's name is an identifier, not 'by city'/);
  expect(() => define('p', 0)).toThrow(/version 0, not a whole number from 1/);
  expect(() => define('p', 1, 'UInt9')).toThrow(/UInt9/);
  expect(() => definePipeline({ name: 'p', version: 1, from: {}, columns: {}, map: () => ({}) })).toThrow(
    /gives no columns/,
  );
});
