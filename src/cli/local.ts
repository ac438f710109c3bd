// local.ts — winnow local: SQL over files. The tables that its statements make lie in a temporary store, which goes at the end.

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import type { Database } from '../engine/api.ts';
import { engineOf } from '../engine/database.ts';
import { filesOf } from '../engine/local-files.ts';
import { open } from '../engine/open.ts';
import { nodePorts } from '../io/node-ports.ts';
import { parseStatement } from '../sql/parser.ts';
import { outputFormat, runScript } from './sql.ts';
import { localTarget, type Target } from './target.ts';

type LocalOptions = { readonly format?: string; readonly json: boolean };

/** Runs SQL from the argument or from stdin. */
export async function local(query: string | undefined, options: LocalOptions): Promise<void> {
  const folder = join(tmpdir(), `winnow-local-${Buffer.from(nodePorts.random.bytes(8)).toString('hex')}`);
  try {
    const database = await open(folder);
    const target = fileTarget(database);
    try {
      const format = options.json ? 'JSONEachRow' : outputFormat(options.format);
      await runScript(target, query ?? (await text(process.stdin)), format);
    } finally {
      await target.close();
    }
  } finally {
    await nodePorts.files.remove(folder);
  }
}

function fileTarget(database: Database): Target {
  const target = localTarget(database, 'default');
  const engine = engineOf(database);
  return {
    async *run(statement, options) {
      engine.files = await filesOf(parseStatement(statement), nodePorts.files);
      return yield* target.run(statement, options);
    },
    close: () => target.close(),
  };
}
