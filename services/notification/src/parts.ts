/** The service in parts, for worlds that run many services in one process. */
export { createMemoryCourier } from './clients/courier.memory.ts';
export type { MemoryCourier, Posted } from './clients/courier.memory.ts';
export { createNotificationParts } from './composition.ts';
export type { NotificationGround, NotificationParts, RunningLoop } from './composition.ts';
export { contacts } from './store/contact-store.memory.ts';
export { messages } from './store/message-store.memory.ts';
export type { MessageFile } from './store/message-store.memory.ts';
export { createMemoryStores } from './store/stores.memory.ts';
export type { Courier, StoreHooks, Stores } from './usecases/ports.ts';
