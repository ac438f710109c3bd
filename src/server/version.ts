/** The version shown to ClickHouse's tools, which switch features on by it. */
export const clickhouseVersion = '26.7.2.1';
