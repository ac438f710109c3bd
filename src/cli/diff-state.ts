// diff-state.ts — how far `winnow diff` has come, in a file, so that the next run goes on from there.

import { nodePorts } from '../io/node-ports.ts';
import { UsageError } from './report.ts';

/** What was found in some shards of a row table, exact at one commit. */
export type UnitResult = {
  readonly shards: readonly number[];
  readonly sequence: number;
  readonly rows: number;
  readonly entries: number;
  readonly missing: number;
  readonly orphaned: number;
  readonly different: number;
  readonly samples: readonly string[];
};

type Progress = {
  /** The statement that makes the index table: of another one of the same name nothing is known. */
  readonly definition: string;
  readonly units: readonly UnitResult[];
};

type Content = { readonly version: 1; readonly indexTables: Readonly<Record<string, Progress>> };

export class DiffState {
  readonly #file: string | undefined;
  #content: Content;

  private constructor(file: string | undefined, content: Content) {
    this.#file = file;
    this.#content = content;
  }

  /** `file` undefined: nothing is kept. Errors: UsageError when the file is something else. */
  static async read(file: string | undefined): Promise<DiffState> {
    const bytes = file === undefined ? undefined : await nodePorts.files.read(file);
    return new DiffState(file, bytes ? parse(bytes, file!) : { version: 1, indexTables: {} });
  }

  unitsOf(indexTable: string, definition: string): readonly UnitResult[] {
    const progress = this.#content.indexTables[indexTable];
    return progress?.definition === definition ? progress.units : [];
  }

  /** Resolves when it is durable. */
  async add(indexTable: string, definition: string, unit: UnitResult): Promise<void> {
    const units = [...this.unitsOf(indexTable, definition), unit];
    const indexTables = { ...this.#content.indexTables, [indexTable]: { definition, units } };
    this.#content = { version: 1, indexTables };
    if (this.#file !== undefined)
      await nodePorts.files.writeDurably(this.#file, Buffer.from(JSON.stringify(this.#content)));
  }

  /** All is compared: the next run begins anew. */
  async finish(): Promise<void> {
    if (this.#file !== undefined) await nodePorts.files.remove(this.#file);
  }
}

function parse(bytes: Uint8Array, file: string): Content {
  try {
    const content = JSON.parse(Buffer.from(bytes).toString()) as Content;
    if (content.version === 1 && typeof content.indexTables === 'object') return content;
  } catch {
    // Told below.
  }
  throw new UsageError(`${file} is not a state of winnow diff`);
}
