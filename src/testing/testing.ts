// testing.ts — what tests of programs that embed Winnow may use: a store in memory, time and accidents from a seed.

export { createSimulatedKv } from './simulated-kv.ts';
export { runSimulation } from './simulated-ports.ts';
export type { SimulatedKv, SimulatedKvOptions } from './simulated-kv.ts';
export type { SimulatedProcess, Simulation, SimulationOptions } from './simulated-ports.ts';
