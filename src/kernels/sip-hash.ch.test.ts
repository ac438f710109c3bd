import { Session } from 'chdb';
import { afterAll, expect, test } from 'vitest';
import { sipHash128 } from './sip-hash.ts';

const session = new Session();
afterAll(() => session.cleanup());

test('texts of all lengths up to 40 have the hash that ClickHouse gives them', () => {
  const texts = Array.from({ length: 41 }, (_, size) =>
    'Grüße an alle, die bis hierher gelesen haben'.slice(0, size),
  );
  const query = `SELECT lower(hex(sipHash128(t))) FROM (SELECT arrayJoin([${texts.map((text) => `'${text}'`).join()}]) AS t)`;
  const hashes = session.query(query, 'TSV').trim().split('\n');
  expect(texts.map((text) => sipHash128(Buffer.from(text)).toString('hex'))).toEqual(hashes);
});
