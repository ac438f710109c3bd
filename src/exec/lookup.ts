// lookup.ts — the second hop: from index entries to the rows they name.

import type { RowAddress, RowTableDefinition } from '../rows/definition.ts';
import { Sharder } from '../rows/sharding.ts';
import type { Block } from '../types/column.ts';
import { createKeyCodec } from '../types/key-codec.ts';

/** Makes the addresses of rows from blocks whose columns are `blockColumns` (table positions), all key columns among them. */
export function addressMaker(
  table: RowTableDefinition,
  blockColumns: readonly number[],
): (block: Block) => RowAddress[] {
  const typeOf = (column: number) => table.columns[column]!.type;
  const codec = createKeyCodec(table.primaryKey.map(typeOf));
  const sharder = new Sharder(table.sharding, table.sharding.columns.map(typeOf));
  const keyPositions = table.primaryKey.map((column) => blockColumns.indexOf(column));
  const shardPositions = table.sharding.columns.map((column) => blockColumns.indexOf(column));
  return (block) => {
    const keyColumns = keyPositions.map((position) => block.columns[position]!);
    const shardColumns = shardPositions.map((position) => block.columns[position]!);
    const addresses: RowAddress[] = [];
    for (let row = 0; row < block.rowCount; row++) {
      addresses.push({ shard: sharder.shardOf(shardColumns, row), key: codec.encode(keyColumns, row) });
    }
    return addresses;
  };
}
