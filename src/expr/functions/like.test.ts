import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnOf, valueAt } from '../../types/value.ts';
import { bindFunction, findFunction } from '../registry.ts';

const position = { offset: 0, line: 1, column: 1 };

function matches(name: string, value: string, pattern: string, constant: boolean): unknown {
  const [text, patterns] = [columnOf({ kind: 'String' }, [value]), columnOf({ kind: 'String' }, [pattern])];
  const args = [
    { type: text.type, constant: undefined },
    { type: patterns.type, constant: constant ? patterns : undefined },
  ];
  const { run } = bindFunction(findFunction(name)!, { name, args, position, nowMs: 0, currentDatabase: '' });
  return valueAt(run([text, patterns], 1), 0);
}

/** The definition of LIKE, as a regular expression. */
function asRegExp(pattern: string, flags: string): RegExp {
  const body = pattern.replace(/\\([%_\\])|[%_]|[^%_]/gsu, (piece, escaped: string | undefined) => {
    if (piece === '%') return '.*';
    if (piece === '_') return '.';
    return (escaped ?? piece).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  });
  return new RegExp(`^${body}$`, `su${flags}`);
}

const values = fc.string({ unit: fc.constantFrom('a', 'b', 'B', 'é', '€', '\n', '%'), maxLength: 8 });
const patterns = fc
  .array(fc.constantFrom('a', 'b', 'B', 'é', '€', '%', '_', '\\%', '\\_'), { maxLength: 7 })
  .map((pieces) => pieces.join(''));

test('LIKE is what its definition as a regular expression says, constant pattern or not', () => {
  fc.assert(
    fc.property(values, patterns, fc.boolean(), (value, pattern, constant) => {
      const expected = asRegExp(pattern, '').test(value) ? 1 : 0;
      expect(matches('like', value, pattern, constant)).toBe(expected);
      expect(matches('notLike', value, pattern, constant)).toBe(1 - expected);
      expect(matches('ilike', value, pattern, constant)).toBe(asRegExp(pattern, 'i').test(value) ? 1 : 0);
    }),
    { numRuns: 2000 },
  );
});

test('a pattern of many % does not take exponential time', () => {
  const started = performance.now();
  expect(matches('like', 'a'.repeat(5000), `${'%a'.repeat(40)}%b`, true)).toBe(0);
  expect(performance.now() - started).toBeLessThan(1000);
});
