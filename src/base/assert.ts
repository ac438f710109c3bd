/** A broken invariant: a defect in Winnow, never the caller's fault. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Stops the current work when an invariant of Winnow itself does not hold. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new AssertionError(`invariant broken: ${invariant}`);
}

/** The value, which an invariant says is present. */
export function must<T>(value: T | undefined | null, invariant: string): T {
  assert(value !== undefined && value !== null, invariant);
  return value;
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
