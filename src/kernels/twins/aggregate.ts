// aggregate.ts — what aggregate kernels compute, value by value. A group that no row fell into has `undefined`.

type Numbers = readonly (number | bigint)[];

/** The values of each group, in order. */
export function valuesByGroup<T>(values: readonly T[], groups: readonly number[], groupCount: number): T[][] {
  const byGroup = Array.from({ length: groupCount }, (): T[] => []);
  values.forEach((value, row) => byGroup[groups[row]!]?.push(value));
  return byGroup;
}

/** Exact. */
export function sumOfIntegers(values: Numbers): bigint {
  return values.reduce<bigint>((sum, value) => sum + BigInt(value), 0n);
}

/** Added one after the other. */
export function sumOfFloats(values: Numbers): number {
  return values.reduce<number>((sum, value) => sum + Number(value), 0);
}

/** NaN only when there is nothing else; of values that compare equal the first. */
export function extreme(values: Numbers, rule: 'least' | 'greatest'): number | bigint | undefined {
  const [first, ...rest] = values.filter((value) => !Number.isNaN(value));
  if (first === undefined) return values.length > 0 ? NaN : undefined;
  return rest.reduce(
    (kept, value) => ((rule === 'least' ? value < kept : value > kept) ? value : kept),
    first,
  );
}
