import { jest } from '@jest/globals';

// a test of this tier starts the whole platform; Jest reads `testTimeout` for the run only, not for a project
jest.setTimeout(120_000);
