/** The channel on which the relay of a schema is told that there is something to publish. */
export function outboxChannel(schema: string): string {
  return `outbox:${schema}`;
}
