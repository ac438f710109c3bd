// chdb-parts.ts — tables of real ClickHouse that attach parts, and parts that it wrote.

import { cp, readdir } from 'node:fs/promises';
import { Session } from 'chdb';
import { typeName } from '../../src/types/data-type.ts';
import type { SkipIndex, SkipIndexType } from '../../src/parts/skip-index.ts';
import type { PartSchema } from '../../src/parts/schema.ts';

/** Settings by which ClickHouse writes parts of the profile that Winnow reads. */
const oldStyle = [
  'min_bytes_for_wide_part = 0',
  "serialization_info_version = 'basic'",
  "string_serialization_version = 'single_stream'",
  'ratio_of_defaults_for_sparse_serialization = 1',
  'compress_marks = 0',
  'compress_primary_key = 0',
  'allow_nullable_key = 1',
  'allow_suspicious_low_cardinality_types = 1',
  'old_parts_lifetime = 1000',
];

const quoteName = (name: string): string => `\`${name.replace(/[\\`]/g, (c) => `\\${c}`)}\``;

function indexText({ name, sql, type, granularity }: SkipIndex): string {
  return `INDEX ${quoteName(name)} ${sql} TYPE ${typeText(type)} GRANULARITY ${granularity}`;
}

function typeText(type: SkipIndexType): string {
  switch (type.kind) {
    case 'minmax':
      return type.kind;
    case 'set':
      return `set(${type.maxRows})`;
    case 'bloom_filter':
      return `bloom_filter(${type.falsePositiveRate})`;
    default: {
      const { sizeBytes, hashCount, seed } = type.filter;
      const length = type.kind === 'ngrambf_v1' ? `${type.ngramLength}, ` : '';
      return `${type.kind}(${length}${sizeBytes}, ${hashCount}, ${seed})`;
    }
  }
}

const cuttingOf = (schema: PartSchema): string[] => [
  `index_granularity = ${schema.indexGranularity}`,
  `index_granularity_bytes = ${schema.indexGranularityBytes}`,
  `min_compress_block_size = ${schema.minCompressBlockBytes}`,
  `max_compress_block_size = ${schema.maxCompressBlockBytes}`,
];

/** A session that ends with the test: `using clickHouse = new ClickHouse()`. */
export class ClickHouse implements Disposable {
  readonly #session = new Session();

  constructor() {
    this.#session.query('CREATE DATABASE d ENGINE = Atomic');
  }

  [Symbol.dispose](): void {
    this.#session.cleanup();
  }

  query(sql: string): string {
    return this.#session.query(sql, 'TabSeparated');
  }

  /** Rows as `linesOf` (parts.ts) gives them. */
  async lines(sql: string): Promise<string[]> {
    const result = await this.#session.queryAsync(sql, { format: 'TabSeparated' });
    return Buffer.from(result.bytes()).toString('latin1').split('\n').slice(0, -1);
  }

  /** `codecs`: a CODEC clause per name of a column. */
  createTable(name: string, schema: PartSchema, codecs: Readonly<Record<string, string>> = {}): void {
    const columns = schema.columns.map(
      (column) => `${quoteName(column.name)} ${typeName(column.type)} ${codecs[column.name] ?? ''}`,
    );
    const orderBy = schema.sortingKey.map((column) => quoteName(schema.columns[column]!.name));
    const partitionBy = schema.partitionBy ? `PARTITION BY ${schema.partitionBy.sql}` : '';
    const settings = [...oldStyle, ...cuttingOf(schema)];
    this.query(
      `CREATE TABLE d.${name} (${[...columns, ...schema.skipIndexes.map(indexText)].join(', ')}) ENGINE = MergeTree ${partitionBy}
       ORDER BY (${orderBy.join(', ')}) SETTINGS ${settings.join(', ')}`,
    );
    this.query(`SYSTEM STOP MERGES d.${name}`);
  }

  /** Copies a part to the table and attaches it. */
  async attach(table: string, folder: string): Promise<void> {
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    await cp(folder, `${this.#pathOf(table)}detached/${name}`, { recursive: true });
    this.query(`ALTER TABLE d.${table} ATTACH PART '${name}'`);
  }

  /** What CHECK TABLE finds wrong. */
  check(table: string): string[] {
    const sql = `CHECK TABLE d.${table} SETTINGS check_query_single_value_result = 0`;
    return this.query(sql)
      .split('\n')
      .filter((line) => line !== '' && line.split('\t')[1] !== '1');
  }

  /** Folders of the active parts, in the order of their names. */
  async parts(table: string): Promise<string[]> {
    const path = this.#pathOf(table);
    const active = this.query(
      `SELECT name FROM system.parts WHERE database = 'd' AND table = '${table}' AND active`,
    );
    const names = new Set(active.split('\n'));
    return (await readdir(path))
      .filter((name) => names.has(name))
      .sort()
      .map((name) => `${path}${name}`);
  }

  #pathOf(table: string): string {
    return this.query(
      `SELECT data_paths[1] FROM system.tables WHERE database = 'd' AND name = '${table}'`,
    ).trim();
  }
}
