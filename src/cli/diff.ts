// diff.ts — `winnow diff`: are index tables equal to their row tables, unit by unit. Exit code 0 equal, 1 drift, 2 error.

import { buffer } from 'node:stream/consumers';
import process from 'node:process';
import { WinnowError } from '../base/errors.ts';
import { quoteIdentifier, quoteString } from '../sql/identifiers.ts';
import { DiffState, type UnitResult } from './diff-state.ts';
import { openTarget } from './open-target.ts';
import { reportError, UsageError } from './report.ts';
import type { Target } from './target.ts';

type DiffOptions = {
  readonly data: string;
  readonly url?: string;
  readonly state?: string;
  readonly unitRows: string;
  readonly repair: boolean;
};

type Query = <T>(sql: string) => Promise<T[]>;

type IndexTable = {
  readonly database: string;
  readonly name: string;
  readonly rowShards: number;
  readonly rows: number;
  readonly definition: string;
};

/** Compares the named index tables, or all, and says for each what was found. */
export async function diff(names: readonly string[], options: DiffOptions): Promise<void> {
  const unitRows = Number(options.unitRows);
  if (!/^\d+$/.test(options.unitRows) || unitRows < 1)
    throw new UsageError(`--unit-rows takes a whole number from 1 on, not '${options.unitRows}'`);
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  try {
    // Lanes of a store that was opened just now begin where they were.
    const target = await openTarget({ ...options, database: 'default' }, (store) => store.drain());
    try {
      await compareAll(names, { ...options, unitRows }, queryOf(target, interrupt.signal));
    } finally {
      await target.close();
    }
  } catch (error) {
    if (!interrupt.signal.aborted) reportError(error);
    process.exitCode = interrupt.signal.aborted ? 130 : 2;
  }
}

async function compareAll(
  names: readonly string[],
  options: { readonly state?: string; readonly unitRows: number; readonly repair: boolean },
  query: Query,
): Promise<void> {
  const state = await DiffState.read(options.state);
  let [hasDrift, hasErrors] = [false, false];
  for (const index of chosen(await indexTables(query), names)) {
    try {
      const units = await compare(index, options.unitRows, state, query);
      process.stdout.write(`${reportOf(index, units)}\n`);
      if (!differs(units)) continue;
      hasDrift = true;
      if (options.repair) process.stdout.write(`${await repair(index, query)}\n`);
    } catch (error) {
      if (!(error instanceof WinnowError) || !error.code.startsWith('INDEX_')) throw error;
      // The others can be compared nevertheless.
      hasErrors = true;
      reportError(error);
    }
  }
  if (!hasErrors) await state.finish();
  process.exitCode = hasErrors ? 2 : hasDrift ? 1 : 0;
}

function queryOf(target: Target, signal: AbortSignal): Query {
  return async <T>(sql: string) => {
    const answer = target.run(sql, { format: 'JSONEachRow', data: undefined, signal });
    const lines = (await buffer(answer)).toString().trimEnd().split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
  };
}

async function indexTables(query: Query): Promise<IndexTable[]> {
  const indexes = await query<{ database: string; name: string; table: string; row_shards: number }>(
    'SELECT database, name, table, row_shards FROM system.index_tables ORDER BY database, name',
  );
  const tables = await query<{ database: string; name: string; query: string; rows: number | null }>(
    'SELECT database, name, create_table_query AS query, total_rows AS rows FROM system.tables',
  );
  const tableOf = (fullName: string): (typeof tables)[number] | undefined =>
    tables.find(({ database, name }) => `${database}.${name}` === fullName);
  return indexes.map(({ database, name, table, row_shards: rowShards }) => ({
    database,
    name,
    rowShards,
    rows: tableOf(table)?.rows ?? 0,
    definition: tableOf(`${database}.${name}`)?.query ?? '',
  }));
}

/** Errors: UNKNOWN_TABLE. */
function chosen(all: readonly IndexTable[], names: readonly string[]): readonly IndexTable[] {
  if (names.length === 0) return all;
  return names.map((name) => {
    const found = all.find((index) => name === nameOf(index) || nameOf(index) === `default.${name}`);
    if (!found) throw new WinnowError('UNKNOWN_TABLE', `there is no index table ${quoteString(name)}`);
    return found;
  });
}

const nameOf = ({ database, name }: IndexTable): string => `${database}.${name}`;

const sqlName = ({ database, name }: IndexTable): string =>
  `${quoteIdentifier(database)}.${quoteIdentifier(name)}`;

/** Compares the shards of the row table that `state` knows nothing of, about `unitRows` rows at a time. */
async function compare(
  index: IndexTable,
  unitRows: number,
  state: DiffState,
  query: Query,
): Promise<readonly UnitResult[]> {
  const name = nameOf(index);
  const done = new Set(state.unitsOf(name, index.definition).flatMap(({ shards }) => shards));
  const left = Array.from({ length: index.rowShards }, (_, shard) => shard).filter(
    (shard) => !done.has(shard),
  );
  const shardsPerUnit = Math.max(1, Math.floor((unitRows * index.rowShards) / Math.max(1, index.rows)));
  for (let start = 0; start < left.length; start += shardsPerUnit) {
    const shards = left.slice(start, start + shardsPerUnit);
    const part = shards.length < index.rowShards ? ` SHARDS (${shards.join(', ')})` : '';
    const [found] = await query<UnitResult>(`CHECK INDEX TABLE ${sqlName(index)}${part}`);
    await state.add(name, index.definition, { ...found!, shards });
  }
  return state.unitsOf(name, index.definition);
}

const differs = (units: readonly UnitResult[]): boolean =>
  units.some(({ missing, orphaned, different }) => missing + orphaned + different > 0);

function reportOf(index: IndexTable, units: readonly UnitResult[]): string {
  const total = (count: (unit: UnitResult) => number): string =>
    units.reduce((sum, unit) => sum + count(unit), 0).toLocaleString('en-US');
  const sequences = units.map(({ sequence }) => sequence);
  const [first, last] = [Math.min(...sequences), Math.max(...sequences)];
  const at = first === last ? `${first}` : `${first} to ${last}`;
  const size = `${total((unit) => unit.rows)} rows, ${total((unit) => unit.entries)} entries`;
  const read = units.length > 1 ? `${size}, in ${units.length} units` : size;
  if (!differs(units)) return `${nameOf(index)}: equal at ${at} (${read})`;
  const drift = `${total((unit) => unit.missing)} missing, ${total((unit) => unit.orphaned)} orphaned, ${total((unit) => unit.different)} different`;
  const samples = units.flatMap((unit) => unit.samples).slice(0, 10);
  return [
    `${nameOf(index)}: differs at ${at}: ${drift} (${read})`,
    ...samples.map((sample) => `  ${sample}`),
  ].join('\n');
}

async function repair(index: IndexTable, query: Query): Promise<string> {
  const [done] = await query<{ method: string; missing: number; orphaned: number; different: number }>(
    `REPAIR INDEX TABLE ${sqlName(index)}`,
  );
  const { method, missing, orphaned, different } = done!;
  const how = method === 'rebuild' ? 'built again' : `entries mended: ${missing + orphaned + different}`;
  return `${nameOf(index)}: repaired, ${how}`;
}
