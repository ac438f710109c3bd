// sql-script.ts — scripts of SQL statements with what each must answer.
//
// A script is a list of records, apart by blank lines; lines that begin with # are comments.
//   statement ok                 the statement succeeds
//   statement error 60 some text the statement fails with that number, and its message holds the text
//   query                        the answer, as TabSeparated, equals the lines after ----
//   query sorted                 the same after sorting the lines of both
//   drain                        waits until every lane has applied what is committed

export type SqlRecord = {
  readonly line: number;
  readonly kind: 'ok' | 'error' | 'query' | 'drain';
  readonly sql: string;
  /** Lines of the answer of a query. */
  readonly expected: readonly string[];
  readonly sorted: boolean;
  readonly errorNumber: number;
  readonly errorText: string;
};

/** The records of a script. Throws, with the line, when a record begins with none of the words above. */
export function parseSqlScript(script: string): SqlRecord[] {
  const records: SqlRecord[] = [];
  let lines: string[] = [];
  script
    .split('\n')
    .concat('')
    .forEach((line, i) => {
      if (line.startsWith('#')) return;
      if (line.trim() !== '') lines.push(line);
      else if (lines.length > 0) {
        records.push(parseRecord(lines, i + 1 - lines.length));
        lines = [];
      }
    });
  return records;
}

function parseRecord([head = '', ...body]: readonly string[], line: number): SqlRecord {
  const separator = body.indexOf('----');
  const record = {
    line,
    sql: (separator < 0 ? body : body.slice(0, separator)).join('\n'),
    expected: separator < 0 ? [] : body.slice(separator + 1),
    sorted: head === 'query sorted',
    errorNumber: 0,
    errorText: '',
  };
  if (head === 'statement ok') return { ...record, kind: 'ok' };
  if (head === 'query' || head === 'query sorted') return { ...record, kind: 'query' };
  if (head === 'drain') return { ...record, kind: 'drain' };
  const [, errorNumber, errorText] = /^statement error (\d+) (.+)$/.exec(head) ?? [];
  if (errorNumber === undefined || errorText === undefined)
    throw new Error(`line ${line}: not a record: ${head}`);
  return { ...record, kind: 'error', errorNumber: Number(errorNumber), errorText };
}
