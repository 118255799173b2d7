export { assign } from './assign.ts';
export type { AssignmentProblem, AssignmentRow, AssignmentSolution } from './assignment.ts';
export { collectCandidates, defaultPenaltyS, toProblem } from './collect-candidates.ts';
export type {
  Candidate,
  CandidateProblem,
  CandidateRow,
  Candidates,
  CandidateSearch,
  PenaltyS,
} from './collect-candidates.ts';
export { createDriverPool } from './driver-pool.ts';
export type { Circle, DriverPool, DriverSearch, DriverSnapshot, NearbyDriver } from './driver-pool.ts';
export { defaultGateRules, gates } from './gates.ts';
export type { Gate, GateRules, PassedOver, RideRequest, Verdict } from './gates.ts';
export { countGates, matchBatch } from './match-batch.ts';
export type { Batch, BatchSearch, Match } from './match-batch.ts';
export { verifyDuals } from './verify-duals.ts';
export type { DualRule, DualViolation } from './verify-duals.ts';
export { defaultWidening, wideningRadius } from './widening-radius.ts';
export type { Widening } from './widening-radius.ts';
