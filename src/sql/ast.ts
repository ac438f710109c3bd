// ast.ts — the shape of parsed SQL. Knows no tables; every node knows its place in the text.

import type { SourcePosition } from '../base/errors.ts';

type Node = { readonly position: SourcePosition };

export type Expression =
  | (Node & { readonly kind: 'literal'; readonly value: LiteralValue })
  /** `a`, `t.a`, `db.t.a` */
  | (Node & { readonly kind: 'identifier'; readonly parts: readonly string[] })
  /** `f(args)`, and `f(parameters)(args)` for parametric aggregates. */
  | (Node & {
      readonly kind: 'call';
      readonly name: string;
      readonly parameters?: readonly Expression[] | undefined;
      readonly distinct?: boolean | undefined;
      readonly args: readonly Expression[];
    })
  | (Node & { readonly kind: 'unary'; readonly operator: '-' | 'NOT'; readonly operand: Expression })
  | (Node & {
      readonly kind: 'binary';
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    })
  | (Node & {
      readonly kind: 'between';
      readonly negated: boolean;
      readonly operand: Expression;
      readonly low: Expression;
      readonly high: Expression;
    })
  | (Node & {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly operand: Expression;
      readonly list: readonly Expression[] | SelectQuery;
    })
  | (Node & { readonly kind: 'isNull'; readonly negated: boolean; readonly operand: Expression })
  | (Node & {
      readonly kind: 'case';
      readonly operand: Expression | undefined;
      readonly branches: readonly { readonly when: Expression; readonly then: Expression }[];
      readonly otherwise: Expression | undefined;
    })
  /** `CAST(x AS T)` and `x::T` */
  | (Node & { readonly kind: 'cast'; readonly operand: Expression; readonly type: TypeNode })
  | (Node & { readonly kind: 'interval'; readonly amount: Expression; readonly unit: IntervalUnit })
  /** `(a, b)`; never a single element */
  | (Node & { readonly kind: 'tuple'; readonly elements: readonly Expression[] })
  /** `expr AS name`, allowed anywhere in an expression */
  | (Node & { readonly kind: 'alias'; readonly operand: Expression; readonly name: string })
  /** `*`, `t.*` */
  | (Node & {
      readonly kind: 'star';
      readonly qualifier: readonly string[];
      readonly except: readonly string[];
    })
  /** `{name:Type}` */
  | (Node & { readonly kind: 'parameter'; readonly name: string; readonly type: TypeNode })
  /** `(SELECT …)` as a value */
  | (Node & { readonly kind: 'subquery'; readonly query: SelectQuery });

/** Numbers keep their text, so that 64-bit integers and decimals lose nothing. */
export type LiteralValue =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' };

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | 'DIV'
  | '||'
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'AND'
  | 'OR'
  | 'LIKE'
  | 'NOT LIKE'
  | 'ILIKE'
  | 'NOT ILIKE';

export type IntervalUnit = 'SECOND' | 'MINUTE' | 'HOUR' | 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** A data type as written, white space normalised; types/parse-type.ts gives it meaning. */
export type TypeNode = Node & { readonly text: string };

export type TableName = Node & { readonly database: string | undefined; readonly name: string };

export type Setting = Node & { readonly name: string; readonly value: LiteralValue };

export type OrderItem = Node & {
  readonly expression: Expression;
  readonly descending: boolean;
  /** undefined: ClickHouse's default, NULLS LAST. */
  readonly nullsFirst: boolean | undefined;
};

export type WithItem = Node &
  (
    | { readonly kind: 'expression'; readonly name: string; readonly expression: Expression }
    | { readonly kind: 'query'; readonly name: string; readonly query: SelectQuery }
  );

export type FromItem =
  | (Node & {
      readonly kind: 'table';
      readonly table: TableName;
      readonly alias: string | undefined;
      readonly final: boolean;
      /** `USE INDEX (name)`; 'PRIMARY' names the row table itself. */
      readonly useIndex: string | undefined;
    })
  | (Node & {
      readonly kind: 'function';
      readonly name: string;
      readonly args: readonly Expression[];
      readonly alias: string | undefined;
    })
  | (Node & { readonly kind: 'query'; readonly query: SelectQuery; readonly alias: string | undefined })
  /** Leans to the left: `right` is no join. Of CROSS neither condition is there, of the others one is. */
  | (Node & {
      readonly kind: 'join';
      readonly join: 'INNER' | 'LEFT' | 'RIGHT' | 'CROSS';
      readonly left: FromItem;
      readonly right: FromItem;
      readonly on: Expression | undefined;
      /** `USING (a, b)` */
      readonly using: readonly string[];
    });

export type SelectQuery = Node & {
  readonly kind: 'select';
  readonly with: readonly WithItem[];
  readonly distinct: boolean;
  readonly items: readonly Expression[];
  readonly from: FromItem | undefined;
  readonly where: Expression | undefined;
  readonly groupBy: readonly Expression[];
  readonly having: Expression | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: Expression | undefined;
  readonly offset: Expression | undefined;
  readonly settings: readonly Setting[];
  readonly format: string | undefined;
};

export type ColumnDefinition = Node & {
  readonly name: string;
  readonly type: TypeNode;
  readonly defaultValue: Expression | undefined;
  readonly comment: string | undefined;
  /** CODEC: the first sees the values. */
  readonly codec: readonly CodecCall[] | undefined;
};

/** `hash(a, b)` or `mod(a, n)`, with `INTO n`. */
export type ShardBy = Node & {
  readonly method: 'hash' | 'mod';
  readonly columns: readonly string[];
  readonly shardCount: number | undefined;
};

/** `INDEX name expression TYPE set(100) GRANULARITY 4`: a skip index. */
export type IndexDeclaration = Node & {
  readonly name: string;
  readonly expression: Expression;
  readonly type: IndexType;
  readonly granularity: number;
};

/** `minmax`, `set(100)`; `minmax()` has arguments, though none. */
export type IndexType = Node & {
  readonly name: string;
  readonly args: readonly Expression[] | undefined;
};

/** `LZ4`, `Delta(4)` */
export type CodecCall = IndexType;

export type CreateTable = Node & {
  readonly kind: 'createTable';
  readonly ifNotExists: boolean;
  readonly table: TableName;
  readonly columns: readonly ColumnDefinition[];
  readonly indexes: readonly IndexDeclaration[];
  readonly engine: { readonly name: string; readonly args: readonly Expression[] } | undefined;
  readonly primaryKey: readonly Expression[];
  /** Empty for `tuple()`; undefined without ORDER BY. */
  readonly orderBy: readonly Expression[] | undefined;
  readonly partitionBy: Expression | undefined;
  readonly ttl: Expression | undefined;
  readonly shardBy: ShardBy | undefined;
  readonly colocateWith: TableName | undefined;
  readonly settings: readonly Setting[];
  readonly comment: string | undefined;
};

export type IndexLayout =
  | { readonly kind: 'KEYS' | 'FULL' }
  | { readonly kind: 'COVERING' | 'SPLIT'; readonly columns: readonly Expression[] }
  /** With the CODEC of each column. */
  | {
      readonly kind: 'COLUMNAR';
      readonly columns: readonly Expression[];
      readonly codecs: readonly (readonly CodecCall[] | undefined)[];
    };

export type CreateIndexTable = Node & {
  readonly kind: 'createIndexTable';
  readonly unique: boolean;
  readonly ifNotExists: boolean;
  readonly indexTable: TableName;
  readonly table: TableName;
  /** Columns of the row table, or computed ones: `lower(email) AS mail`. So are those of a layout. */
  readonly columns: readonly Expression[];
  readonly shardBy: ShardBy | undefined;
  readonly unsharded: { readonly database: string | undefined } | undefined;
  readonly layout: IndexLayout;
  readonly partitionBy: Expression | undefined;
  readonly orderBy: readonly Expression[];
  readonly indexes: readonly IndexDeclaration[];
  /** Name of a filter in TypeScript, whose columns the lists name. */
  readonly using: string | undefined;
  readonly where: Expression | undefined;
  readonly settings: readonly Setting[];
};

/** What is not named stays as it is. */
export type AlterIndexAction = Node &
  (
    | {
        readonly kind: 'layout';
        readonly layout: IndexLayout;
        readonly partitionBy: Expression | undefined;
        readonly orderBy: readonly Expression[];
      }
    | { readonly kind: 'shards'; readonly shardCount: number }
    | { readonly kind: 'settings'; readonly settings: readonly Setting[] }
  );

export type AlterIndexTable = Node & {
  readonly kind: 'alterIndexTable';
  readonly indexTable: TableName;
  readonly actions: readonly AlterIndexAction[];
};

export type Insert = Node & {
  readonly kind: 'insert';
  readonly table: TableName;
  readonly columns: readonly string[] | undefined;
  readonly settings: readonly Setting[];
  readonly source:
    | { readonly kind: 'values'; readonly rows: readonly (readonly Expression[])[] }
    | { readonly kind: 'select'; readonly query: SelectQuery }
    /** Data follows the statement: `offset` is where it begins in the text (its end when it comes separately). */
    | { readonly kind: 'format'; readonly format: string; readonly offset: number };
};

/** `PARTITION value` and `PARTITION ID 'id'`. */
export type PartitionName = Node &
  ({ readonly kind: 'value'; readonly value: Expression } | { readonly kind: 'id'; readonly id: string });

export type Statement =
  | SelectQuery
  | CreateTable
  | CreateIndexTable
  | AlterIndexTable
  | Insert
  | (Node & {
      readonly kind: 'createDatabase';
      readonly ifNotExists: boolean;
      readonly name: string;
      readonly engine: string | undefined;
    })
  | (Node & { readonly kind: 'dropDatabase'; readonly ifExists: boolean; readonly name: string })
  | (Node & {
      readonly kind: 'dropTable';
      readonly ifExists: boolean;
      readonly table: TableName;
      readonly indexTable: boolean;
    })
  | (Node & { readonly kind: 'truncate'; readonly ifExists: boolean; readonly table: TableName })
  | (Node & {
      readonly kind: 'optimize';
      readonly table: TableName;
      readonly partition: PartitionName | undefined;
      readonly final: boolean;
      readonly settings: readonly Setting[];
    })
  /** `CHECK TABLE t [PARTITION … | PART 'name']` */
  | (Node & {
      readonly kind: 'checkTable';
      readonly table: TableName;
      readonly partition: PartitionName | undefined;
      readonly part: string | undefined;
      readonly settings: readonly Setting[];
      readonly format: string | undefined;
    })
  /** `CHECK INDEX TABLE i [SHARDS (0, 3)]`: the shards are those of its row table; undefined: all. */
  | (Node & {
      readonly kind: 'checkIndexTable';
      readonly indexTable: TableName;
      readonly shards: readonly number[] | undefined;
      readonly settings: readonly Setting[];
      readonly format: string | undefined;
    })
  | (Node & {
      readonly kind: 'repairIndexTable';
      readonly indexTable: TableName;
      readonly settings: readonly Setting[];
      readonly format: string | undefined;
    })
  | (Node & {
      readonly kind: 'update';
      readonly table: TableName;
      readonly assignments: readonly {
        readonly column: string;
        readonly position: SourcePosition;
        readonly value: Expression;
      }[];
      readonly where: Expression | undefined;
      readonly settings: readonly Setting[];
    })
  | (Node & {
      readonly kind: 'delete';
      readonly table: TableName;
      readonly where: Expression | undefined;
      readonly settings: readonly Setting[];
    })
  | (Node & {
      readonly kind: 'explain';
      readonly mode: 'FUNNEL' | 'PLAN' | 'SYNTAX' | 'AST';
      readonly analyze: boolean;
      readonly why: boolean;
      /** `json = 1` */
      readonly settings: readonly Setting[];
      readonly statement: Statement;
      readonly format: string | undefined;
    })
  | (Node & { readonly kind: 'showDatabases'; readonly format: string | undefined })
  | (Node & {
      readonly kind: 'showTables';
      readonly database: string | undefined;
      readonly like: string | undefined;
      readonly format: string | undefined;
    })
  | (Node & { readonly kind: 'showCreate'; readonly table: TableName; readonly format: string | undefined })
  | (Node & { readonly kind: 'showIndex'; readonly table: TableName; readonly format: string | undefined })
  | (Node & {
      readonly kind: 'showSettings';
      readonly like: string | undefined;
      readonly format: string | undefined;
    })
  | (Node & { readonly kind: 'describe'; readonly table: TableName; readonly format: string | undefined })
  | (Node & { readonly kind: 'exists'; readonly table: TableName; readonly format: string | undefined })
  | (Node & { readonly kind: 'begin' })
  | (Node & { readonly kind: 'commit' })
  | (Node & { readonly kind: 'rollback' })
  | (Node & { readonly kind: 'use'; readonly database: string })
  | (Node & { readonly kind: 'set'; readonly settings: readonly Setting[] })
  /** `ALTER TABLE t ATTACH | DETACH PARTITION … | PART 'name'`: one of the two is named. */
  | (Node & {
      readonly kind: 'alterParts';
      readonly action: 'ATTACH' | 'DETACH';
      readonly table: TableName;
      readonly partition: PartitionName | undefined;
      readonly part: string | undefined;
    })
  /** `ALTER TABLE t ADD INDEX …`, at the end unless FIRST or AFTER says where. */
  | (Node & {
      readonly kind: 'addSkipIndex';
      readonly table: TableName;
      readonly ifNotExists: boolean;
      readonly index: IndexDeclaration;
      readonly place: 'first' | { readonly after: string } | undefined;
    })
  /** `ALTER TABLE t MATERIALIZE INDEX i [IN PARTITION …]` and CLEAR; DROP, of no partition. */
  | (Node & {
      readonly kind: 'alterSkipIndex';
      readonly action: 'DROP' | 'MATERIALIZE' | 'CLEAR';
      readonly table: TableName;
      readonly ifExists: boolean;
      readonly name: string;
      readonly partition: PartitionName | undefined;
    })
  /** `SYSTEM STOP LANES db.index` and START; without a name: all. */
  | (Node & {
      readonly kind: 'systemLanes';
      readonly action: 'STOP' | 'START';
      readonly indexTable: TableName | undefined;
    })
  /** `SYSTEM REWIND LANES db.index TO sequence`; REPLAY LANES: as far back as the log allows. */
  | (Node & {
      readonly kind: 'rewindLanes';
      readonly indexTable: TableName;
      readonly to: number | undefined;
    })
  | (Node & { readonly kind: 'rebuildIndexTable'; readonly indexTable: TableName });
