/** The schemas that have an outbox, consumers and the memory of requests. */
export const SERVICES = ['user', 'driver', 'trip', 'payment', 'notification'] as const;
