import { driverStoreSuite } from './suites/driver-store.suite.ts';
import { performanceStoreSuite } from './suites/performance-store.suite.ts';
import { positionStoreSuite } from './suites/position-store.suite.ts';
import { memoryStage, postgresStage } from './support/stages.ts';

driverStoreSuite('memory', memoryStage);
positionStoreSuite('memory', memoryStage);
performanceStoreSuite('memory', memoryStage);

driverStoreSuite('PostgreSQL', postgresStage);
positionStoreSuite('PostgreSQL', postgresStage);
performanceStoreSuite('PostgreSQL', postgresStage);
