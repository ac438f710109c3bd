// group.ts — equal keys get equal numbers, in order of first sight.

export class Numbering {
  readonly #numbers = new Map<string, number>();

  get count(): number {
    return this.#numbers.size;
  }

  /** The number of every key, and which of them were new. */
  assign(keys: readonly string[]): { readonly groups: number[]; readonly firstRows: number[] } {
    const firstRows: number[] = [];
    const groups = keys.map((key, row) => {
      const known = this.#numbers.get(key);
      if (known !== undefined) return known;
      firstRows.push(row);
      this.#numbers.set(key, this.count);
      return this.count - 1;
    });
    return { groups, firstRows };
  }

  keys(): string[] {
    return [...this.#numbers.keys()];
  }
}
