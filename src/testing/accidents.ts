// accidents.ts — when the disk of a simulated store fails, as the seed decides before each part of a run.

import type { Random } from '../base/random.ts';
import type { DiskChange, DiskFault } from './simulated-store.ts';

/** Steps on the disk, counted from the plan on, at which something happens. */
type Plan = {
  readonly crashAt: number;
  /** The row store has no space for a batch, once: the whole store fails. */
  readonly fullAt: number;
  /** Files have no space from one step to another. */
  readonly filesFullFrom: number;
  readonly filesFullTo: number;
};

const never = Number.POSITIVE_INFINITY;
const noAccidents: Plan = { crashAt: never, fullAt: never, filesFullFrom: never, filesFullTo: never };

export class Accidents {
  #plan = noAccidents;
  #steps = 0;
  #storeFailed = false;

  /** A batch found no space since the plan was made: the store takes no more. */
  get storeFailed(): boolean {
    return this.#storeFailed;
  }

  plan(random: Random): void {
    const filesFullFrom = random.chance(0.2) ? random.int(100) : never;
    this.#begin({
      crashAt: random.chance(0.4) ? random.int(random.pick([20, 100, 500])) : never,
      fullAt: random.chance(0.08) ? random.int(60) : never,
      filesFullFrom,
      filesFullTo: filesFullFrom + 1 + random.int(60),
    });
  }

  planOpening(random: Random): void {
    this.#begin({ ...noAccidents, crashAt: random.chance(0.1) ? random.int(10) : never });
  }

  end(): void {
    this.#begin(noAccidents);
  }

  strike({ kind }: DiskChange): DiskFault | undefined {
    const step = this.#steps++;
    const { crashAt, fullAt, filesFullFrom, filesFullTo } = this.#plan;
    if (step === crashAt) return 'crash';
    if (kind === 'commit') {
      this.#storeFailed ||= step >= fullAt;
      return this.#storeFailed ? 'full' : undefined;
    }
    const needsSpace = kind === 'create' || kind === 'write' || kind === 'makeDirectory';
    return needsSpace && step >= filesFullFrom && step < filesFullTo ? 'full' : undefined;
  }

  #begin(plan: Plan): void {
    this.#plan = plan;
    this.#steps = 0;
    this.#storeFailed = false;
  }
}
