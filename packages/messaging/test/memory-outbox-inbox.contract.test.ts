import { jest } from '@jest/globals';
import { outboxInboxSuite } from '@rideshare/testing';
import { memoryHarness } from './memory-harness.ts';

jest.setTimeout(60_000); // some of it goes through many rounds
outboxInboxSuite('in memory', () => Promise.resolve(memoryHarness('beside')));
outboxInboxSuite('in memory, with a broker', () => Promise.resolve(memoryHarness('apart')));
