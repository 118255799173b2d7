import TestRunner from 'jest-runner';

/** Runs its tests one after another and beside nothing else: each of them starts a whole platform. */
export default class SerialRunner extends TestRunner {
  isSerial = true;
}
