import { eventLogSuite } from '@rideshare/testing';
import { memoryHarness } from './memory-harness.ts';

eventLogSuite('in memory', () => Promise.resolve(memoryHarness('beside').asLog()));
eventLogSuite('in memory, as a broker', () => Promise.resolve(memoryHarness('apart').asLog()));
