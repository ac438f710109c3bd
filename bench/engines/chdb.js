import { join } from 'node:path';
/** ClickHouse in process: MergeTree ordered by flight_id, a projection per index, answers as JSON lines. */
export async function openChdb(folder) {
    const { default: chdb } = await import('chdb');
    const session = new chdb.Session(join(folder, 'chdb'));
    const rows = (sql) => session
        .query(sql, 'JSONEachRow')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    session.query('CREATE DATABASE bench');
    session.query(`
    CREATE TABLE bench.flights (
      flight_id UInt32, date UInt32, delay Int16, distance UInt16, origin String, destination String, cancelled Bool,
      PROJECTION by_route (SELECT * ORDER BY origin, destination, date),
      PROJECTION by_delay (SELECT * ORDER BY destination, delay)
    ) ENGINE = MergeTree ORDER BY flight_id
    SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`);
    const select = (where) => rows(`SELECT * FROM bench.flights WHERE ${where}`);
    return {
        name: 'chdb',
        version: rows('SELECT version() AS version')[0]?.['version'],
        durability: 'fsync_after_insert and fsync_part_directory: every insert a synced part',
        async load(file) {
            session.query(`
        INSERT INTO bench.flights
        SELECT assumeNotNull(_row_number),
          toUnixTimestamp(parseDateTime(concat('2001', assumeNotNull(date)), '%Y%m%d%H%i', 'UTC')),
          delay, distance, origin, destination, false
        FROM file('${file.path.replaceAll("'", "\\'")}', Parquet) WHERE _row_number < ${file.rowCount}
        SETTINGS max_threads = 2`);
        },
        get: async (flightId) => select(`flight_id = ${flightId}`)[0],
        byRoute: async ({ origin, destination, date }) => select(`origin = '${origin}' AND destination = '${destination}' AND date = ${date}`),
        byDelay: async ({ destination, delay }) => select(`destination = '${destination}' AND delay = ${delay}`),
        range: async (first, count) => select(`flight_id >= ${first} AND flight_id < ${first + count} ORDER BY flight_id`),
        async put({ flight_id, date, delay, distance, origin, destination, cancelled }) {
            const values = `${flight_id}, ${date}, ${delay}, ${distance}, '${origin}', '${destination}', ${cancelled}`;
            await session.queryAsync(`INSERT INTO bench.flights VALUES (${values})`);
        },
        close: async () => session.close(),
    };
}
