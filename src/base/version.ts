/** The ClickHouse version whose behaviour Winnow follows, shown to tools that decide by it what they may ask. */
export const clickhouseVersion = '26.7.2.1';
