// test.mjs — `npm test [-- stage …]`: everything that can be checked, in stages, with the time each of them took.
//
// Every test file belongs to the first stage that takes it. On a developer's machine a missing tool skips its stage
// aloud; under CI=true it fails.

import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { lintSteps } from './lint-steps.mjs';
import { install, prepare, stopUnless } from './prepare.mjs';
import { canLoad, corpus, root, run, runNode, tools } from './run.mjs';

const ci = process.env.CI === 'true';
/** A stage that takes this many times its budget hangs, and is stopped. */
const patience = 4;

const chdb = { name: 'chdb', present: () => canLoad('chdb'), hint: 'it has no build for this system' };
const strace = {
  name: 'strace',
  present: async () => (await run('strace', ['-V'], { quiet: true })) === 0,
  hint: 'run node scripts/setup-tests.mjs',
};

const server = {
  name: 'clickhouse-server',
  present: () => existsSync('/usr/sbin/clickhouse-server'),
  hint: 'run node scripts/setup-tests.mjs',
};

const stages = [
  { name: 'lint', budgetSeconds: 60, takes: (file) => file.startsWith('test/tidy'), steps: lintSteps },
  { name: 'oracle', budgetSeconds: 150, takes: (file) => file.endsWith('.ch.test.ts'), needs: chdb },
  { name: 'crash', budgetSeconds: 150, takes: (file) => file.endsWith('.crash.test.ts'), needs: strace },
  { name: 'server', budgetSeconds: 30, takes: (file) => file.endsWith('.server.test.ts'), needs: server },
  { name: 'end-to-end', budgetSeconds: 180, takes: (file) => /^(test|src\/server|src\/cli)\//.test(file) },
  { name: 'unit', budgetSeconds: 200, takes: () => true },
  {
    name: 'simulation',
    budgetSeconds: 90,
    takes: () => false,
    steps: [
      { name: 'simulation', args: ['dist/src/testing/simulate-main.js', '--seeds', '1000', ...corpus] },
    ],
  },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !stages.some((stage) => stage.name === name));
stopUnless(
  unknown.length === 0,
  `no stage ${unknown.join()}; there are ${stages.map(({ name }) => name).join(', ')}`,
);

await install();
await prepare();
const filesOf = assign(await testFiles());
const total = { passed: 0, failed: 0, skipped: 0 };
for (const stage of stages) {
  if (asked.length === 0 || asked.includes(stage.name)) await runStage(stage);
}
if (total.skipped > 0) console.log(`${total.skipped} skipped`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function runStage({ name, budgetSeconds, steps = [], needs }) {
  const files = filesOf.get(name) ?? [];
  if (needs && !(await needs.present())) {
    console.log(`\n${ci ? 'FAILED' : 'SKIPPED'} ${name}: ${needs.name} is missing; ${needs.hint}`);
    total[ci ? 'failed' : 'skipped'] += files.length;
    return;
  }
  console.log(`\n── ${name} ──`);
  const startMs = performance.now();
  const timeoutMs = budgetSeconds * 1000 * patience;
  for (const step of steps) {
    const exitCode = await runNode(step.args, { timeoutMs });
    if (exitCode !== 0)
      console.log(`FAILED ${step.name}${exitCode === 124 ? ': stopped, it took too long' : ''}`);
    total[exitCode === 0 ? 'passed' : 'failed']++;
  }
  if (files.length > 0) await runTests(name, files, timeoutMs);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  const over = seconds > budgetSeconds ? ' — over its budget' : '';
  console.log(`${name}: ${seconds} s of ${budgetSeconds} s${over}`);
}

async function runTests(stage, files, timeoutMs) {
  const folder = await mkdtemp(path.join(tmpdir(), 'winnow-test-'));
  const report = path.join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const exitCode = await runNode([...tools.vitest, 'run', ...reporters, ...files], { timeoutMs });
  const counts = await readFile(report, 'utf8').then(JSON.parse, () => undefined);
  await rm(folder, { recursive: true, force: true });
  total.passed += counts?.numPassedTests ?? 0;
  total.skipped += counts?.numPendingTests ?? 0;
  const failed = counts?.numFailedTests ?? 0;
  // A file that cannot be loaded has no failed test, yet it must not pass for one that has none.
  total.failed += exitCode === 0 ? failed : Math.max(1, failed);
  if (exitCode !== 0) console.log(`FAILED ${stage}${exitCode === 124 ? ': stopped, it took too long' : ''}`);
}

async function testFiles() {
  const folders = ['src', 'demo', 'test'];
  const found = await Promise.all(folders.map((folder) => readdir(root + folder, { recursive: true })));
  return found
    .flatMap((names, index) => names.map((name) => `${folders[index]}/${name.replaceAll('\\', '/')}`))
    .filter((file) => file.endsWith('.test.ts'));
}

function assign(files) {
  const assigned = new Map();
  for (const file of files) {
    const { name } = stages.find((stage) => stage.takes(file));
    assigned.set(name, [...(assigned.get(name) ?? []), file]);
  }
  return assigned;
}
