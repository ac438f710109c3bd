// errors.ts — every error a caller may meet, as data.
//
// Numbers and names equal ClickHouse's where the meaning is equal; Winnow's own start at 10000.
// A new entry is made only when a caller could react to it. Removed numbers are never used again.

type ErrorEntry = {
  readonly number: number;
  readonly httpStatus: number;
  readonly retryable: boolean;
  /** One sentence for the reference page. */
  readonly meaning: string;
};

const entry = (number: number, httpStatus: number, meaning: string, retryable = false): ErrorEntry => ({
  number,
  httpStatus,
  retryable,
  meaning,
});

export const errorTable = {
  UNSUPPORTED_METHOD: entry(1, 501, 'The operation is not possible on this object.'),
  ILLEGAL_COLUMN: entry(44, 400, 'A column has a type or shape that the function does not take.'),
  CANNOT_PARSE_TEXT: entry(6, 400, 'Text could not be parsed as the type.'),
  NUMBER_OF_COLUMNS_DOESNT_MATCH: entry(7, 400, 'The number of columns differs from what is expected.'),
  NO_SUCH_COLUMN_IN_TABLE: entry(16, 404, 'The table has no column of that name.'),
  SIZES_OF_ARRAYS_DONT_MATCH: entry(190, 400, 'Lists that must have equal length differ.'),
  CANNOT_PARSE_QUOTED_STRING: entry(26, 400, 'A quoted string is malformed.'),
  CANNOT_PARSE_INPUT_ASSERTION_FAILED: entry(27, 400, 'The input does not follow its format.'),
  ARGUMENT_OUT_OF_BOUND: entry(69, 400, 'An argument lies outside its range.'),
  BAD_ARGUMENTS: entry(36, 400, 'An argument is wrong.'),
  CANNOT_PARSE_DATE: entry(38, 400, 'Text could not be parsed as a date.'),
  TOO_LARGE_SIZE_COMPRESSED: entry(39, 400, 'A compressed block is too large.'),
  CHECKSUM_DOESNT_MATCH: entry(40, 500, 'Stored bytes differ from their checksum.'),
  CANNOT_PARSE_DATETIME: entry(41, 400, 'Text could not be parsed as a date with time.'),
  NUMBER_OF_ARGUMENTS_DOESNT_MATCH: entry(42, 400, 'A function got the wrong number of arguments.'),
  ILLEGAL_TYPE_OF_ARGUMENT: entry(43, 400, 'A function does not take an argument of that type.'),
  UNKNOWN_FUNCTION: entry(46, 404, 'There is no function of that name.'),
  UNKNOWN_IDENTIFIER: entry(47, 404, 'The name refers to nothing in scope.'),
  NOT_IMPLEMENTED: entry(48, 501, 'Winnow does not support this yet.'),
  UNKNOWN_TYPE: entry(50, 404, 'There is no data type of that name.'),
  ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER: entry(59, 400, 'A condition has a type that is neither true nor false.'),
  SET_SIZE_LIMIT_EXCEEDED: entry(191, 400, 'The subquery of IN gives too many rows.'),
  INCORRECT_RESULT_OF_SCALAR_SUBQUERY: entry(125, 400, 'A subquery used as a value gives more than one row.'),
  EMPTY_LIST_OF_COLUMNS_QUERIED: entry(51, 400, 'The query asks for no columns.'),
  TYPE_MISMATCH: entry(53, 400, 'Types do not fit together.'),
  UNKNOWN_ELEMENT_OF_ENUM: entry(691, 400, 'The enum has no such name or number.'),
  UNKNOWN_TABLE: entry(60, 404, 'There is no table of that name.'),
  SYNTAX_ERROR: entry(62, 400, 'The statement could not be parsed.'),
  UNKNOWN_AGGREGATE_FUNCTION: entry(63, 404, 'There is no aggregate function of that name.'),
  TABLE_ALREADY_EXISTS: entry(57, 400, 'A table of that name exists.'),
  CANNOT_CONVERT_TYPE: entry(70, 400, 'A value cannot be converted to the type.'),
  CANNOT_WRITE_AFTER_END_OF_BUFFER: entry(71, 400, 'A value does not fit.'),
  CANNOT_PARSE_NUMBER: entry(72, 400, 'Text could not be parsed as a number.'),
  UNKNOWN_FORMAT: entry(73, 404, 'There is no format of that name.'),
  CANNOT_OPEN_FILE: entry(76, 500, 'A file could not be opened.'),
  UNKNOWN_DATABASE: entry(81, 404, 'There is no database of that name.'),
  DATABASE_ALREADY_EXISTS: entry(82, 400, 'A database of that name exists.'),
  UNKNOWN_DATABASE_ENGINE: entry(336, 404, 'There is no database engine of that name.'),
  UNKNOWN_STORAGE: entry(56, 404, 'There is no table engine of that name.'),
  UNKNOWN_SETTING: entry(115, 404, 'There is no setting of that name.'),
  INCORRECT_DATA: entry(117, 400, 'The input data is malformed.'),
  ENGINE_REQUIRED: entry(119, 400, 'CREATE TABLE needs an ENGINE.'),
  DATABASE_NOT_EMPTY: entry(219, 400, 'The database still has tables.'),
  HAVE_DEPENDENT_OBJECTS: entry(630, 400, 'Other tables depend on the table.'),
  DUPLICATE_COLUMN: entry(15, 400, 'A column is named twice.'),
  DATA_TYPE_CANNOT_HAVE_ARGUMENTS: entry(378, 400, 'A type or a codec takes no arguments.'),
  ILLEGAL_SYNTAX_FOR_CODEC_TYPE: entry(
    431,
    400,
    'A codec does not take that number of arguments, or that type.',
  ),
  UNKNOWN_CODEC: entry(432, 404, 'There is no codec of that name.'),
  ILLEGAL_CODEC_PARAMETER: entry(433, 400, 'An argument of a codec is wrong.'),
  ILLEGAL_INDEX: entry(127, 400, 'A skip index is wrong, or there is another of its name.'),
  INCORRECT_QUERY: entry(80, 400, 'The statement does not make sense.'),
  NO_ELEMENTS_IN_CONFIG: entry(139, 400, 'A required setting is missing.'),
  ILLEGAL_DIVISION: entry(153, 400, 'Division by zero of whole numbers.'),
  TOO_MANY_ROWS: entry(158, 400, 'The limit on rows was passed.'),
  TOO_MANY_PARTS: entry(
    252,
    500,
    'Inserts make parts faster than they are merged, or of too many partitions.',
    true,
  ),
  INVALID_PARTITION_VALUE: entry(248, 400, 'The value is none of the partition key.'),
  NO_SUCH_DATA_PART: entry(232, 404, 'The table has no active part of that name.'),
  BAD_DATA_PART_NAME: entry(233, 400, 'The text is not the name of a part, or of none that can be taken.'),
  LOGICAL_ERROR: entry(49, 500, 'A defect in Winnow.'),
  NETWORK_ERROR: entry(210, 500, 'The network refused, for example because a port is taken.'),
  SESSION_NOT_FOUND: entry(372, 404, 'There is no session of that id, or it has timed out.'),
  SESSION_IS_LOCKED: entry(373, 423, 'Another request uses the session.', true),
  INVALID_SESSION_TIMEOUT: entry(
    374,
    400,
    'The session timeout is not a number of seconds the server takes.',
  ),
  AUTHENTICATION_FAILED: entry(516, 403, 'The user or the password is wrong.'),
  TIMEOUT_EXCEEDED: entry(159, 408, 'The time limit was passed.', true),
  READONLY: entry(164, 403, 'The request may not change anything.'),
  TOO_LARGE_STRING_SIZE: entry(131, 400, 'A string is longer than its type allows.'),
  ILLEGAL_AGGREGATION: entry(184, 400, 'An aggregate function stands where none is allowed.'),
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: entry(216, 409, 'The query id is in use.'),
  NOT_AN_AGGREGATE: entry(215, 400, 'A column is neither aggregated nor in GROUP BY.'),
  UNFINISHED: entry(341, 500, 'The work did not finish.'),
  CANNOT_PARSE_UUID: entry(376, 400, 'Text could not be parsed as a UUID.'),
  DATA_TYPE_CANNOT_BE_USED_IN_KEY: entry(549, 400, 'A column of this type cannot be part of a key.'),
  CANNOT_PARSE_IPV4: entry(675, 400, 'Text could not be parsed as an IPv4 address.'),
  CANNOT_PARSE_IPV6: entry(676, 400, 'Text could not be parsed as an IPv6 address.'),
  CANNOT_PARSE_BOOL: entry(467, 400, 'Text could not be parsed as a boolean.'),
  NO_COMMON_TYPE: entry(386, 400, 'No type holds the values of all the types that meet.'),
  CANNOT_PARSE_ESCAPE_SEQUENCE: entry(25, 400, 'A backslash escapes nothing.'),
  QUERY_WAS_CANCELLED: entry(394, 499, 'The query was cancelled.'),
  DECIMAL_OVERFLOW: entry(407, 400, 'A decimal value does not fit its type.'),
  VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE: entry(321, 400, 'A value does not fit its type.'),
  MEMORY_LIMIT_EXCEEDED: entry(241, 500, 'The query needs more memory than it may use.'),
  BAD_QUERY_PARAMETER: entry(457, 400, 'A query parameter cannot be parsed as its type.'),
  UNKNOWN_QUERY_PARAMETER: entry(456, 400, 'A query parameter has no value.'),
  CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN: entry(349, 400, 'The column does not take NULL.'),
  INVALID_LIMIT_EXPRESSION: entry(440, 400, 'LIMIT and OFFSET take whole numbers ≥ 0.'),
  TOO_DEEP_RECURSION: entry(306, 400, 'The statement is nested too deeply.'),
  DUPLICATE_KEY: entry(10_015, 409, 'Another row has these values of a UNIQUE INDEX TABLE.'),
  QUERY_IS_TOO_LARGE: entry(10_014, 413, 'The statement is too long.'),
  ALIAS_REQUIRED: entry(206, 400, 'A side of a join has no name.'),
  AMBIGUOUS_IDENTIFIER: entry(207, 400, 'The name may mean columns of several tables.'),
  MULTIPLE_EXPRESSIONS_FOR_ALIAS: entry(179, 400, 'One alias stands for several expressions.'),
  CYCLIC_ALIASES: entry(174, 400, 'Aliases refer to each other in a circle.'),
  INVALID_TRANSACTION: entry(
    649,
    400,
    'There is no transaction here, or one that does not allow the statement.',
  ),
  SERIALIZATION_ERROR: entry(
    650,
    409,
    'Another transaction changed a row that this one has written; nothing of it was kept.',
    true,
  ),
  INDEX_NOT_USED: entry(277, 400, 'A skip index on which the query insists does not help it.'),
  CANNOT_UPDATE_COLUMN: entry(420, 400, 'A column of the primary key cannot be changed.'),
  ROW_TOO_LARGE: entry(10_001, 400, 'A row is larger than a row table takes.'),
  KEY_TOO_LARGE: entry(10_002, 400, 'A key is longer than Winnow takes.'),
  INDEX_NOT_USABLE: entry(10_003, 409, 'The forced index table cannot answer the query now.', true),
  INDEX_TABLE_READ_ONLY: entry(
    10_004,
    400,
    'Index tables follow their row table and are not written by hand.',
  ),
  STORE_LOCKED: entry(10_005, 409, 'Another process has the store open.', true),
  STORE_FORMAT_TOO_NEW: entry(10_006, 500, 'A newer Winnow wrote the store.'),
  STORE_FAILED: entry(10_007, 500, 'A write to disk failed; the store must be opened again.'),
  STORE_CLOSED: entry(10_008, 503, 'The store is closed.'),
  CONDITION_FAILED: entry(10_009, 409, 'The condition of a conditional write did not hold.'),
  BODY_TOO_LARGE: entry(10_010, 413, 'The request body is larger than the limit.'),
  HOST_NOT_ALLOWED: entry(10_011, 403, 'The Host header names a host that is not allowed.'),
  ORIGIN_NOT_ALLOWED: entry(10_012, 403, 'The Origin is not allowed.'),
  TOKEN_TOO_NEW: entry(10_013, 409, 'The position token is newer than this store.', true),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/** A place in a statement: `offset` counts UTF-16 units from 0, `line` and `column` from 1. */
export type SourcePosition = { readonly offset: number; readonly line: number; readonly column: number };

export type ErrorDetails = {
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly position?: SourcePosition | undefined;
  readonly cause?: unknown;
};

/** The user or the world did it: has a code, a number and, for SQL, a position. */
export class WinnowError extends Error {
  override readonly name: string = 'WinnowError';
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly position: SourcePosition | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.detail = details.detail;
    this.hint = details.hint;
    this.position = details.position;
  }

  get number(): number {
    return errorTable[this.code].number;
  }

  get httpStatus(): number {
    return errorTable[this.code].httpStatus;
  }

  /** Message, detail, place and hint in one line, as shown to users. */
  get fullMessage(): string {
    const parts = [this.message];
    if (this.position) parts.push(`(line ${this.position.line}, col ${this.position.column})`);
    if (this.detail) parts.push(this.detail);
    if (this.hint) parts.push(`Hint: ${this.hint}`);
    return parts.join(' ');
  }
}

/** Bytes on disk are not what they must be: says where, what was expected and what was found. */
export class CorruptionError extends WinnowError {
  override readonly name = 'CorruptionError';

  constructor(where: string, expected: string, found: string) {
    super('CHECKSUM_DOESNT_MATCH', `damaged data in ${where}: expected ${expected}, found ${found}`);
  }
}

/** A feature that a statement names and Winnow does not have yet. */
export function notImplemented(feature: string, position?: SourcePosition): WinnowError {
  return new WinnowError('NOT_IMPLEMENTED', `${feature} is not supported yet`, { position });
}
