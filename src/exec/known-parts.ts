// known-parts.ts — count, min and max of whole parts from their metadata: count.txt, the bounds of the partition's columns,
// the primary index, and minmax indexes. No data is read.
//
// Keeps true: a part of which a row is masked, or of which one answer is not certain, is read instead. NULL and NaN
// count as largest in bounds, and neither is a maximum beside other values.

import { primaryIndexColumns, partColumns, partSchemaOf } from '../catalog/part-schema.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import { sameExpression } from '../expr/same-expression.ts';
import type { Part } from '../parts/part.ts';
import { isIndexOfTypes } from '../parts/skip-index.ts';
import type { KnownAggregate } from '../plan/known-aggregates.ts';
import { mayUse } from '../plan/skip/skip-index-use.ts';
import { mapColumns } from '../plan/walk.ts';
import { sliceColumn } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { isComposite, withoutNullable } from '../types/data-type.ts';
import type { KnownRows } from './aggregate.ts';
import type { ExecContext } from './context.ts';
import type { Morsel, PartsScan } from './scan-parts.ts';

/** Smallest and largest values, row by row of all granules or of the part. */
type Extremes = { readonly low: Column; readonly high: Column };

/** What stands for the rows of parts, and the morsels that have to be read. Errors: CorruptionError naming the file. */
export function knownParts(
  aggregates: readonly KnownAggregate[],
  scan: PartsScan,
  morsels: readonly Morsel[],
  context: ExecContext,
): { readonly known: readonly (readonly KnownRows[])[]; readonly unknown: readonly Morsel[] } {
  const known: (readonly KnownRows[])[] = [];
  const answered = new Set<Part>();
  const boundsOf = sourcesOf(scan, context);
  for (const part of new Set(morsels.filter(({ mask }) => mask.count === 0).map((morsel) => morsel.part))) {
    const rows = aggregates.map((aggregate) => knownRows(aggregate, part, boundsOf));
    if (!rows.every((each) => each !== undefined)) continue;
    known.push(rows);
    answered.add(part);
  }
  return { known, unknown: morsels.filter(({ part }) => !answered.has(part)) };
}

function knownRows(
  aggregate: KnownAggregate,
  part: Part,
  boundsOf: (part: Part, e: Bound) => Extremes | undefined,
): KnownRows | undefined {
  if (aggregate.kind === 'count') return { args: [], rowCount: part.rowCount };
  const extremes = isComposite(aggregate.of.type) ? undefined : boundsOf(part, aggregate.of);
  if (!extremes || !isCertain(extremes, aggregate.kind)) return undefined;
  const column = aggregate.kind === 'min' ? extremes.low : extremes.high;
  return { args: [column], rowCount: column.rowCount };
}

/** Extremes of an expression over the path's columns. */
function sourcesOf(
  { path, table, parts: { skipIndexUse } }: PartsScan,
  { readers }: ExecContext,
): (part: Part, e: Bound) => Extremes | undefined {
  const stored = partColumns(path, table);
  const [firstOfKey] = primaryIndexColumns(path, table);
  const schema = partSchemaOf(path, table);
  const indexes = schema.skipIndexes.filter(
    ({ name, type }) => type.kind === 'minmax' && mayUse(skipIndexUse, name),
  );
  const placeIn = (expressions: readonly Bound[], e: Bound): number =>
    expressions.findIndex((own) =>
      sameExpression(
        mapColumns(own, (column) => stored[column]!),
        e,
      ),
    );
  return (part, e) => {
    const ofPartition = e.kind === 'column' ? part.minmax.get(stored.indexOf(e.index)) : undefined;
    if (ofPartition) return { low: sliceColumn(ofPartition, 0, 1), high: sliceColumn(ofPartition, 1, 2) };
    const key = e.kind === 'column' && e.index === firstOfKey ? part.index[0] : undefined;
    if (key && key.rowCount === part.granuleRows.length + 1)
      return { low: sliceColumn(key, 0, 1), high: sliceColumn(key, key.rowCount - 1, key.rowCount) };
    for (const index of indexes) {
      const sources = index.sourceColumns.map((column) => schema.columns[column]!);
      if (!isIndexOfTypes(part.columns, sources)) continue;
      const place = placeIn(index.expressions, e);
      const granules = place >= 0 ? readers.skipGranules(part, index) : undefined;
      if (granules?.kind !== 'minmax' || granules.isKnown.includes(0)) continue;
      if (isFloat(e) && index.granularity > 1) continue;
      return granules.bounds[place]!;
    }
    return undefined;
  };
}

const isFloat = ({ type }: Pick<Bound, 'type'>): boolean => withoutNullable(type).kind.startsWith('Float');

function isCertain({ low, high }: Extremes, rule: 'min' | 'max'): boolean {
  for (let row = 0; row < low.rowCount; row++) {
    const [least, greatest] = [stateOf(low, row), stateOf(high, row)];
    // 0 and -0 are equal, and print differently.
    if (least === 'zero' || greatest === 'zero') return false;
    if (least === 'NaN' && greatest !== 'NaN') return false;
    if (rule === 'max' && greatest !== 'value' && greatest !== least) return false;
  }
  return true;
}

function stateOf(column: Column, row: number): 'NULL' | 'NaN' | 'zero' | 'value' {
  if (column.nulls?.[row] === 1) return 'NULL';
  if (column.layout !== 'fixed' || !isFloat(column)) return 'value';
  const value = column.values[row];
  return Number.isNaN(value) ? 'NaN' : value === 0 ? 'zero' : 'value';
}
