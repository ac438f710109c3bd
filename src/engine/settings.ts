// settings.ts — every setting as data: SHOW SETTINGS, system.settings, checks and defaults come from this one table.

import { WinnowError } from '../base/errors.ts';
import type { SourcePosition } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';

export type SettingValue = string | number | boolean;

/** Settings by name, as a caller hands them in. */
export type SettingInputs = Readonly<Record<string, SettingValue>>;

type SettingDefinition = {
  readonly type: 'UInt64' | 'Float64' | 'Bool' | 'String';
  readonly defaultValue: SettingValue;
  readonly unit?: string;
  /** Inclusive bounds of a number. */
  readonly range?: readonly [min: number, max: number];
  /** The only texts allowed; `<ms>` stands for a whole number. */
  readonly values?: readonly string[];
  /** server: fixed when the store is opened. query: by request, session or statement. */
  readonly scope: 'server' | 'query';
  readonly meaning: string;
};

const anySize = [0, Number.MAX_SAFE_INTEGER] as const;

export const settingTable = {
  max_memory_usage: {
    type: 'UInt64',
    defaultValue: 1_073_741_824,
    unit: 'bytes',
    range: anySize,
    scope: 'query',
    meaning: 'Memory one query may hold; 0 means no limit.',
  },
  max_execution_time: {
    type: 'Float64',
    defaultValue: 0,
    unit: 'seconds',
    range: [0, 1e9],
    scope: 'query',
    meaning: 'Time one query may take; 0 means no limit.',
  },
  max_rows_to_read: {
    type: 'UInt64',
    defaultValue: 0,
    unit: 'rows',
    range: anySize,
    scope: 'query',
    meaning: 'Rows one query may read from tables; 0 means no limit.',
  },
  max_block_size: {
    type: 'UInt64',
    defaultValue: 8192,
    unit: 'rows',
    range: [1, 1_048_576],
    scope: 'query',
    meaning: 'Rows of a block in which a query reads and computes.',
  },
  max_threads: {
    type: 'UInt64',
    defaultValue: 0,
    unit: 'threads',
    range: [0, 64],
    scope: 'query',
    meaning: 'Threads one query may use to read parts; 0 means one per core.',
  },
  max_query_size: {
    type: 'UInt64',
    defaultValue: 16_777_216,
    unit: 'characters',
    range: [1, 536_870_912],
    scope: 'query',
    meaning: 'Longest statement that is parsed, VALUES included.',
  },
  freshness: {
    type: 'String',
    defaultValue: 'strong',
    values: ['strong', 'session', 'bounded:<ms>', 'eventual'],
    scope: 'query',
    meaning:
      'strong: exact at the read point. session: at least what the setting position names. bounded:<ms>: no older than that. eventual: index tables as they were last applied, without the tail.',
  },
  position: {
    type: 'UInt64',
    defaultValue: 0,
    range: anySize,
    scope: 'query',
    meaning:
      'Newest position that the caller has seen (header X-Winnow-Position), for freshness = session; 0 means none.',
  },
  transaction_timeout_ms: {
    type: 'UInt64',
    defaultValue: 60_000,
    unit: 'ms',
    range: [0, 86_400_000],
    scope: 'query',
    meaning:
      'A transaction that no statement uses for so long is rolled back; 0 means no limit. Taken when it begins.',
  },
  join_algorithm: {
    type: 'String',
    defaultValue: 'default',
    values: ['default', 'hash', 'direct'],
    scope: 'query',
    meaning:
      'hash: the right side of a join is read whole and kept. direct: it is looked up by the keys of left rows where it has such a key. default: whichever is guessed to cost less.',
  },
  use_skip_indexes: {
    type: 'Bool',
    defaultValue: true,
    scope: 'query',
    meaning: 'Skip indexes of parts choose granules; off, as if there were none.',
  },
  ignore_data_skipping_indices: {
    type: 'String',
    defaultValue: '',
    scope: 'query',
    meaning: 'Names of skip indexes, with commas between them, that a query does not use.',
  },
  force_data_skipping_indices: {
    type: 'String',
    defaultValue: '',
    scope: 'query',
    meaning: 'Names of skip indexes, with commas between them, without which a query is refused.',
  },
  readonly: {
    type: 'UInt64',
    defaultValue: 0,
    range: [0, 2],
    scope: 'query',
    meaning: '1: only reads, and settings stay as they are. 2: only reads.',
  },
  default_format: {
    type: 'String',
    defaultValue: '',
    scope: 'query',
    meaning: 'Output format of an answer whose statement names none; empty leaves the choice to the door.',
  },
  output_format_json_quote_64bit_integers: {
    type: 'Bool',
    defaultValue: false,
    scope: 'query',
    meaning: 'Writes 64-bit integers as JSON strings.',
  },
  output_format_json_quote_denormals: {
    type: 'Bool',
    defaultValue: false,
    scope: 'query',
    meaning: 'Writes nan and inf as JSON strings instead of null.',
  },
  max_partitions_per_insert_block: {
    type: 'UInt64',
    defaultValue: 100,
    unit: 'partitions',
    range: anySize,
    scope: 'query',
    meaning: 'Partitions that the rows of one insert into a MergeTree table may belong to; 0 means no limit.',
  },
  check_query_single_value_result: {
    type: 'Bool',
    defaultValue: false,
    scope: 'query',
    meaning: 'CHECK TABLE answers with 1 or 0 instead of one row for each part.',
  },
  input_format_skip_unknown_fields: {
    type: 'Bool',
    defaultValue: true,
    scope: 'query',
    meaning: 'Leaves out input fields that the table has no column for; off, they are an error.',
  },
  uncompressed_cache_size: {
    type: 'UInt64',
    defaultValue: 268_435_456,
    unit: 'bytes',
    range: [0, 4_294_967_296],
    scope: 'server',
    meaning: 'Memory for decoded columns of parts that later queries may read again, shared by the threads.',
  },
  tail_max_changes: {
    type: 'UInt64',
    defaultValue: 200_000,
    unit: 'changes',
    range: [1, 100_000_000],
    scope: 'server',
    meaning: 'Changes an index table may have unapplied before writers are delayed.',
  },
  tail_max_bytes: {
    type: 'UInt64',
    defaultValue: 134_217_728,
    unit: 'bytes',
    range: [1024, anySize[1]],
    scope: 'server',
    meaning: 'Bytes of unapplied changes an index table may hold before writers are delayed.',
  },
  tail_max_write_delay_ms: {
    type: 'UInt64',
    defaultValue: 200,
    unit: 'ms',
    range: [0, 60_000],
    scope: 'server',
    meaning: 'Longest delay of a writer for a full tail; after that the index table falls behind instead.',
  },
  log_max_bytes: {
    type: 'UInt64',
    defaultValue: 1_073_741_824,
    unit: 'bytes',
    range: [1024, anySize[1]],
    scope: 'server',
    meaning: 'Log kept for an index table that is behind; past it the index table becomes invalid.',
  },
  log_trim_bytes: {
    type: 'UInt64',
    defaultValue: 4_194_304,
    unit: 'bytes',
    range: [1, Number.MAX_SAFE_INTEGER],
    scope: 'server',
    meaning: 'Log that no index table needs any more is deleted when it has grown to this size.',
  },
  lane_batch_changes: {
    type: 'UInt64',
    defaultValue: 4096,
    unit: 'changes',
    range: [1, 1_000_000],
    scope: 'server',
    meaning: 'Changes a lane applies in one batch.',
  },
  index_check_interval_ms: {
    type: 'UInt64',
    defaultValue: 250,
    unit: 'ms',
    range: [0, 86_400_000],
    scope: 'server',
    meaning:
      'Pause between the slices, of about a thousand entries, in which index tables are compared in the background with what they should hold; 0 turns that off.',
  },
  parts_to_delay_insert: {
    type: 'UInt64',
    defaultValue: 1000,
    unit: 'parts',
    range: [1, anySize[1]],
    scope: 'server',
    meaning: 'Parts in one partition of a MergeTree table from which on inserts are delayed.',
  },
  parts_to_throw_insert: {
    type: 'UInt64',
    defaultValue: 3000,
    unit: 'parts',
    range: [1, anySize[1]],
    scope: 'server',
    meaning: 'Parts in one partition of a MergeTree table from which on inserts are refused.',
  },
} as const satisfies Record<string, SettingDefinition>;

export type SettingName = keyof typeof settingTable;

type ValueOf<D> = D extends { type: 'Bool' } ? boolean : D extends { type: 'String' } ? string : number;

/** Every setting with its value in force. */
export type Settings = { readonly [Name in SettingName]: ValueOf<(typeof settingTable)[Name]> };

// Settings that clients send as a matter of course. They are accepted because, with these values (all when none
// are listed), an answer of Winnow is the same with and without them.
const settingsWithoutEffect: Readonly<
  Record<string, { readonly values?: readonly string[]; readonly reason: string }>
> = {
  add_http_cors_header: { reason: 'the server decides by its list of origins' },
  async_insert: { reason: 'every insert is durable before it is acknowledged' },
  wait_for_async_insert: { reason: 'every insert is durable before it is acknowledged' },
  cancel_http_readonly_queries_on_client_close: { reason: 'a closed connection always cancels' },
  connect_timeout: { reason: 'concerns the client only' },
  receive_timeout: { reason: 'concerns the client only' },
  send_timeout: { reason: 'concerns the client only' },
  enable_http_compression: { reason: 'the server answers by Accept-Encoding' },
  extremes: { values: ['0', 'false'], reason: 'answers have no extremes' },
  http_headers_progress_interval_ms: { reason: 'progress is not sent in headers' },
  http_receive_timeout: { reason: 'concerns the connection only' },
  http_send_timeout: { reason: 'concerns the connection only' },
  join_use_nulls: { values: ['0', 'false'], reason: 'rows without a match stand beside default values' },
  joined_subquery_requires_alias: {
    values: ['1', 'true'],
    reason: 'a subquery that is joined needs an alias',
  },
  lightweight_deletes_sync: { reason: 'a delete is always done when it is acknowledged' },
  mutations_sync: { reason: 'an update is always done when it is acknowledged' },
  log_comment: { reason: 'there is no query log' },
  log_queries: { reason: 'there is no query log' },
  max_insert_threads: { reason: 'an answer does not depend on the number of threads' },
  send_progress_in_http_headers: { reason: 'progress is not sent in headers' },
  session_timezone: { values: ['', 'UTC'], reason: 'the time zone is UTC' },
  wait_end_of_query: { reason: 'says when the server sends, not what' },
};

/** All settings at their defaults. */
export const defaultSettings: Settings = Object.fromEntries(
  Object.entries(settingTable).map(([name, definition]) => [name, definition.defaultValue]),
) as Settings;

/**
 * `base` with `inputs` over it. `scope` says who asks: a statement cannot change what is fixed at opening.
 * Errors: UNKNOWN_SETTING, READONLY (of server scope), BAD_ARGUMENTS.
 */
export function withSettings(
  base: Settings,
  inputs: SettingInputs,
  scope: 'server' | 'query',
  position?: SourcePosition,
): Settings {
  const changed: Record<string, SettingValue> = {};
  for (const [name, input] of Object.entries(inputs)) {
    const definition = definitionOf(name);
    if (definition === undefined) {
      checkWithoutEffect(name, input, position);
      continue;
    }
    if (definition.scope === 'server' && scope === 'query') {
      throw new WinnowError('READONLY', `setting '${name}' is fixed when the store is opened`, { position });
    }
    changed[name] = parseSetting(name, definition, input, position);
  }
  return { ...base, ...changed } as Settings;
}

function definitionOf(name: string): SettingDefinition | undefined {
  return Object.hasOwn(settingTable, name) ? settingTable[name as SettingName] : undefined;
}

function checkWithoutEffect(name: string, input: SettingValue, position: SourcePosition | undefined): void {
  if (!Object.hasOwn(settingsWithoutEffect, name)) throw unknownSetting(name, position);
  const { values, reason } = settingsWithoutEffect[name]!;
  if (values && !values.includes(String(input))) {
    throw new WinnowError('NOT_IMPLEMENTED', `setting '${name}' = '${input}' is not supported: ${reason}`, {
      position,
    });
  }
}

function unknownSetting(name: string, position: SourcePosition | undefined): WinnowError {
  const near = nearestName(name, Object.keys(settingTable));
  return new WinnowError('UNKNOWN_SETTING', `Unknown setting '${name}'`, {
    position,
    hint: near && `Maybe you meant '${near}'`,
  });
}

function parseSetting(
  name: string,
  definition: SettingDefinition,
  input: SettingValue,
  position: SourcePosition | undefined,
): SettingValue {
  const refuse = (expected: string): WinnowError =>
    new WinnowError('BAD_ARGUMENTS', `setting '${name}' cannot be '${input}'`, {
      position,
      detail: `Expected ${expected}.`,
    });
  const text = String(input).trim();
  switch (definition.type) {
    case 'Bool':
      if (/^(1|true)$/i.test(text)) return true;
      if (/^(0|false)$/i.test(text)) return false;
      throw refuse('0 or 1');
    case 'String':
      if (definition.values && !definition.values.some((value) => isOfForm(text, value)))
        throw refuse(definition.values.join(', ').replace(/, (?=[^,]*$)/, ' or '));
      return text;
    case 'UInt64':
    case 'Float64': {
      const value = input === true ? 1 : input === false ? 0 : text === '' ? Number.NaN : Number(text);
      const [min, max] = definition.range ?? anySize;
      const kind = definition.type === 'UInt64' ? 'a whole number' : 'a number';
      if (!(value >= min && value <= max) || (definition.type === 'UInt64' && !Number.isInteger(value))) {
        throw refuse(`${kind} from ${min} to ${max}${definition.unit ? ` (${definition.unit})` : ''}`);
      }
      return value;
    }
  }
}

const isOfForm = (text: string, form: string): boolean =>
  form.endsWith('<ms>')
    ? text.startsWith(form.slice(0, -4)) && /^\d{1,12}$/.test(text.slice(form.length - 4))
    : text === form;
