// runtime.ts — the memory that columns lie in, and the kernels that work on it: one memory per process, one instance of
// the compiled module per thread.
//
// The memory is reserved whole and never grows: views of it stay valid, and pages cost nothing until they are touched.

import { assert } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { moduleBase64 } from './generated/module.ts';
import { WebAssembly } from './webassembly.ts';
import type { Kernels } from './kernels.ts';

/** Memory and module are what another thread needs to attach. */
export type KernelRuntime = {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly kernels: Kernels;
};

// A page less than 4 GiB: the end of the memory is then a 32-bit number too.
const wantedPages = 65_535;
const fewestPages = 1024;

let runtime: KernelRuntime | undefined;

/** This thread's runtime: the one it was attached to, else one that is made now. */
export function kernelRuntime(): KernelRuntime {
  runtime ??= instantiate(reserveMemory(), new WebAssembly.Module(Buffer.from(moduleBase64, 'base64')));
  return runtime;
}

/** Makes another thread's memory and module this thread's; the first thing that a worker thread does. */
export function attachKernelRuntime(memory: WebAssembly.Memory, module: WebAssembly.Module): void {
  assert(runtime === undefined, 'a thread is attached before it uses a kernel');
  runtime = instantiate(memory, module);
}

/** Whether the view lies in the kernels' memory, so that its `byteOffset` is a pointer. */
export function inKernelMemory(view: ArrayBufferView): boolean {
  return runtime !== undefined && view.buffer === runtime.memory.buffer;
}

function instantiate(memory: WebAssembly.Memory, module: WebAssembly.Module): KernelRuntime {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { memory, module, kernels: exports as Kernels };
}

/** As much address space as the system gives: all, half of it, and so on. */
function reserveMemory(): WebAssembly.Memory {
  for (let pages = wantedPages; pages >= fewestPages; pages = Math.ceil(pages / 2)) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new WinnowError('MEMORY_LIMIT_EXCEEDED', 'No address space could be reserved for columns', {
    hint: 'Raise the limit on virtual memory (ulimit -v), or start node with --disable-wasm-trap-handler, which needs less of it.',
  });
}
