// lint.mjs — `npm run lint`: floors, cycles and forgotten promises; format; types. All are run, whatever fails first.

import { compileKernels } from './kernels.mjs';
import { lintSteps } from './lint-steps.mjs';
import { install } from './prepare.mjs';
import { runNode } from './run.mjs';

await install();
await compileKernels();
const failed = [];
for (const { name, args } of lintSteps) {
  if ((await runNode(args)) !== 0) failed.push(name);
}
console.error(failed.length === 0 ? 'lint passed' : `lint failed: ${failed.join(', ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;
