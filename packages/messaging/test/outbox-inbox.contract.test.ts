import { jest } from '@jest/globals';
import { outboxInboxSuite } from '@rideshare/testing';
import { embeddedHarness } from './embedded-harness.ts';

jest.setTimeout(60_000); // some of it goes through many rounds
outboxInboxSuite('embedded', embeddedHarness);
