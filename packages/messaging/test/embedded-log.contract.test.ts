import { eventLogSuite } from '@rideshare/testing';
import { embeddedHarness } from './embedded-harness.ts';

eventLogSuite('embedded', async () => (await embeddedHarness()).asLog());
