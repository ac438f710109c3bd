// lazy-list.ts — an array whose elements are made when they are first looked at: columns that perhaps nobody reads.

/** `make` is asked once for each index that is looked at. */
export function lazyList<T>(length: number, make: (index: number) => T): readonly T[] {
  const list: T[] = [];
  for (let index = 0; index < length; index++) {
    const get = (): T => {
      const value = make(index);
      Object.defineProperty(list, index, { value, enumerable: true });
      return value;
    };
    Object.defineProperty(list, index, { get, enumerable: true, configurable: true });
  }
  return list;
}
