// webassembly.ts — the part of the WebAssembly interface that Winnow uses; the type libraries for Node lack it.

export declare namespace WebAssembly {
  /** Shared by all threads; its size never changes. */
  type Memory = { readonly buffer: SharedArrayBuffer };
  /** Compiled code; can be sent to another thread. */
  type Module = object;
}

type Interface = {
  Memory: new (limits: { initial: number; maximum: number; shared: true }) => WebAssembly.Memory;
  Module: new (code: Uint8Array) => WebAssembly.Module;
  Instance: new (
    module: WebAssembly.Module,
    imports: { env: { memory: WebAssembly.Memory } },
  ) => { readonly exports: unknown };
};

export const WebAssembly = (globalThis as unknown as { WebAssembly: Interface }).WebAssembly;
