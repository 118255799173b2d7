export { Lifecycle } from './lifecycle.ts';
export type { StepReport } from './lifecycle.ts';
export { createOperation, derivedId } from './operation.ts';
export { systemClock, systemIds, systemRandom, systemScheduler } from './ports.ts';
