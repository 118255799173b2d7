import { slotModelSuite } from './suites/slot-model.suite.ts';
import { slotStoreSuite } from './suites/slot-store.suite.ts';
import { slotSweepSuite } from './suites/slot-sweep.suite.ts';
import { memoryStage, postgresStage } from './support/stages.ts';

slotStoreSuite('memory', memoryStage);
slotSweepSuite('memory', memoryStage);
slotModelSuite('memory', memoryStage, 100);

slotStoreSuite('PostgreSQL', postgresStage);
slotSweepSuite('PostgreSQL', postgresStage);
slotModelSuite('PostgreSQL', postgresStage, 25);
