// engine.ts — what the benchmark asks of an engine: the same table, the same two indexes, the same durability.
//
// Every engine keeps all flights by flight_id, an index on (origin, destination, date) that covers the other columns
// where the engine can, and one on (destination, delay). A put is on disk, synced, before its promise resolves.
/** Times in the engines' own forms (seconds, or text in UTC) as seconds. */
function seconds(date) {
    return typeof date === 'string' ? Date.parse(`${date.replace(' ', 'T')}Z`) / 1_000 : Number(date);
}
/** One text per row, the same for the same flight from whatever engine. */
export function flightText(row) {
    const { flight_id, date, delay, distance, origin, destination, cancelled } = row;
    return [flight_id, seconds(date), delay, distance, origin, destination, Number(cancelled)].join('\t');
}
