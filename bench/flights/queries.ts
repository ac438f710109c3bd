// queries.ts — what is asked: six aggregates over all flights, and one over a range of the sorting key.
//
// The order of an answer is defined wherever it shows, so that answers can be compared.

/** What ClickHouse's dialect, which is Winnow's too, and DuckDB's spell differently. */
export type Dialect = {
  readonly day: (time: string) => string;
  readonly distinct: (column: string) => string;
};

export const clickhouseDialect: Dialect = {
  day: (time) => `toDate(${time})`,
  distinct: (column) => `uniqExact(${column})`,
};

export const duckdbDialect: Dialect = {
  day: (time) => `CAST(${time} AS DATE)`,
  distinct: (column) => `count(DISTINCT ${column})`,
};

export type FlightsQuery = {
  readonly name: string;
  readonly kind: 'aggregate' | 'key range';
  /** Rows come in a defined order. */
  readonly ordered: boolean;
  /** The statement; `from` stands behind FROM. */
  readonly sql: (from: string, dialect: Dialect) => string;
};

export const flightsQueries: readonly FlightsQuery[] = [
  {
    name: 'count, avg, max by distance',
    kind: 'aggregate',
    ordered: true,
    sql: (from) =>
      `SELECT count(*), avg(delay), max(delay) FROM ${from} WHERE distance >= 1000 AND distance < 1500`,
  },
  {
    name: 'GROUP BY origin',
    kind: 'aggregate',
    ordered: false,
    sql: (from) => `SELECT origin, count(*), avg(delay), sum(distance) FROM ${from} GROUP BY origin`,
  },
  {
    name: 'GROUP BY route, top 10',
    kind: 'aggregate',
    ordered: true,
    sql: (from) =>
      `SELECT origin, destination, count(*) AS flights, avg(delay) FROM ${from}` +
      ' GROUP BY origin, destination ORDER BY flights DESC, origin, destination LIMIT 10',
  },
  {
    name: 'GROUP BY day',
    kind: 'aggregate',
    ordered: true,
    sql: (from, { day, distinct }) =>
      `SELECT ${day('date')} AS day, count(*), sum(distance), ${distinct('origin')} FROM ${from}` +
      ' GROUP BY day ORDER BY day',
  },
  {
    name: 'worst delays, top 10',
    kind: 'aggregate',
    ordered: true,
    sql: (from) =>
      `SELECT flight_id, origin, destination, delay FROM ${from} ORDER BY delay DESC, flight_id LIMIT 10`,
  },
  {
    // Not by origin: the sorting key begins with it, and this is to read every row.
    name: 'count of the late into SFO',
    kind: 'aggregate',
    ordered: true,
    sql: (from) => `SELECT count(*) FROM ${from} WHERE destination = 'SFO' AND delay > 60`,
  },
  {
    name: 'a week of one airport',
    kind: 'key range',
    ordered: true,
    sql: (from) =>
      `SELECT count(*), avg(delay), sum(distance) FROM ${from}` +
      " WHERE origin = 'ORD' AND date >= '2001-01-01 00:00:00' AND date < '2001-01-08 00:00:00'",
  },
];
