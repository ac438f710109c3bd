// check-table.ts — CHECK TABLE: reads parts whole and checks all that can be checked, one row of the answer per part.

import type { PartsPath } from '../catalog/access.ts';
import type { TableDefinition } from '../catalog/definitions.ts';
import { partSchemaOf } from '../catalog/part-schema.ts';
import type { Ports } from '../io/ports.ts';
import { formatPartName, parsePartName, type PartName } from '../parts/part-name.ts';
import { BROKEN_PREFIX } from '../parts/part-folder.ts';
import { verifyPart } from '../parts/verify-part.ts';
import type { Block, ValueInput } from '../types/column.ts';
import { blockOfRows, text, typed } from './answers.ts';
import { breathe, type Answer, type StatementContext, type StatementOf } from './context.ts';
import { findPartsPath } from './optimize.ts';
import { partFilter } from './partition-name.ts';

const partColumns = [text('part_path'), typed('is_passed', 'UInt8'), text('message')];
const singleColumn = [typed('result', 'UInt8')];

/** Errors: UNKNOWN_TABLE, NOT_IMPLEMENTED of a table without parts, BAD_DATA_PART_NAME. Damage is an answer. */
export function checkTable(statement: StatementOf<'checkTable'>, context: StatementContext): Answer {
  const path = findPartsPath(statement.table, 'CHECK TABLE', context);
  const table = path.kind === 'indexTable' ? context.engine.store.rowTable(path.rowTableId).definition : path;
  const isNamed = partFilter(statement, path, table, context);
  const checks = checkParts(path, table, isNamed, context);
  if (!context.settings.check_query_single_value_result)
    return { columns: partColumns, blocks: rowByRow(checks) };
  return { columns: singleColumn, blocks: allPassed(checks) };
}

type Check = readonly [partPath: string, isPassed: 0 | 1, message: string];

async function* checkParts(
  path: PartsPath,
  table: TableDefinition,
  isNamed: (name: PartName) => boolean,
  context: StatementContext,
): AsyncGenerator<Check> {
  const { store, ports } = context.engine;
  const schema = partSchemaOf(path, table);
  const shardNumbers = Array.from({ length: path.sharding.shardCount }, (_, shard) => shard);
  const view = store.readView();
  try {
    const shards = await view.parts({
      path,
      shards: shardNumbers,
      ranges: undefined,
      columns: [],
      appliedOnly: true,
    });
    if (path.kind === 'mergeTree') yield* setAside(store.mergeTree(path.id).folder.folder, ports, isNamed);
    for (const { shard, parts, bitmaps } of shards) {
      for (const { part } of parts) {
        if (!isNamed(part.name)) continue;
        const name = formatPartName(part.name);
        const partPath = path.kind === 'indexTable' ? `${shard}/${name}` : name;
        const problems = await verifyPart(ports.files, part.folder, schema, () => breathe(context));
        // Of a damaged column there is nothing to compare with.
        if (problems.length === 0) problems.push(...(await bitmaps.problems(part)));
        yield [
          partPath,
          problems.length === 0 ? 1 : 0,
          problems.map(({ fullMessage }) => fullMessage).join('; '),
        ];
      }
    }
  } finally {
    view.release();
  }
}

/** Parts that could not be opened when the store was: their rows are missing, so the table is not whole. */
async function* setAside(
  folder: string,
  { files }: Ports,
  isNamed: (name: PartName) => boolean,
): AsyncGenerator<Check> {
  for (const entry of await files.list(`${folder}/detached`)) {
    const name = entry.startsWith(BROKEN_PREFIX) && parsePartName(entry.slice(BROKEN_PREFIX.length));
    if (!name || !isNamed(name)) continue;
    yield [`detached/${entry}`, 0, 'set aside when the store was opened, because it could not be read'];
  }
}

async function* rowByRow(checks: AsyncIterable<Check>): AsyncGenerator<Block> {
  for await (const check of checks) yield blockOfRows(partColumns, [check as readonly ValueInput[]]);
}

async function* allPassed(checks: AsyncIterable<Check>): AsyncGenerator<Block> {
  let passed = 1;
  for await (const [, isPassed] of checks) passed &= isPassed;
  yield blockOfRows(singleColumn, [[passed]]);
}
