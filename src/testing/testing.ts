// testing.ts — `winnowdb/testing`: a database in simulated time, with crashes and full disks, from one seed.

export { runSimulation } from './simulated-ports.ts';
export { SimulatedStore } from './simulated-store.ts';
export type { Random } from '../base/random.ts';
export type { FileChange } from './simulated-files.ts';
export type { Simulation, SimulationOptions } from './simulated-ports.ts';
export type { DiskChange, DiskFault, SimulatedOpenOptions } from './simulated-store.ts';
