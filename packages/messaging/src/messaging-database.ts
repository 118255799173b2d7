import type { MemoryDatabase } from '@rideshare/memory';
import type { Database } from '@rideshare/postgres';

/** Where a service keeps its changes, and with them what it has to say and what it has heard. */
export type MessagingDatabase = Database | MemoryDatabase;
