export { AppError, assert, isAppError, startingAnew, toError } from './errors.ts';
export type { AppErrorOptions, ErrorKind, FieldError } from './errors.ts';
export { loopsOn } from './loop.ts';
export { randomStream } from './random-stream.ts';
export type { RandomStream } from './random-stream.ts';
export { addMoney, money, splitMoney, subtractMoney, sumMoney } from './money.ts';
export type { Money } from './money.ts';
export type { Clock, Ids, Loop, Random, Scheduler } from './ports.ts';
export { operationFor } from './operation.ts';
export type {
  IdempotencyClaim,
  IdempotencyScope,
  IdempotencyStore,
  Operation,
  Recovery,
  StoredResponse,
  Transaction,
} from './operation.ts';
export { canonicalJson } from './canonical-json.ts';
