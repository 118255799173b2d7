import { openStream } from '@rideshare/contracts';
import { createParser } from 'eventsource-parser';
import type { Api } from './api.ts';
import type { Session } from './session.ts';

const RECONNECT_MS = 500;

/** One hint from the platform. */
export interface LiveMessage {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Listens until `signal` aborts; a connection that breaks is opened again where it left off. */
export async function listen(
  api: Api,
  session: Session,
  onMessage: (message: LiveMessage) => void,
  signal: AbortSignal,
  sleep: (ms: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  let lastId: string | undefined;
  while (!signal.aborted) {
    try {
      const response = await fetch(`${api.baseUrl}${openStream.path}`, {
        headers: {
          accept: 'text/event-stream',
          authorization: `Bearer ${await session.token()}`,
          ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
        },
        signal,
      });
      if (response.ok && response.body) {
        const parser = createParser({
          onEvent: ({ data, event, id }) => {
            lastId = id ?? lastId;
            onMessage({ event: event ?? 'message', data: JSON.parse(data) as Record<string, unknown> });
          },
        });
        const decoder = new TextDecoder();
        const chunks: AsyncIterable<Uint8Array> = response.body;
        for await (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }));
      } else {
        await response.body?.cancel();
      }
    } catch (error) {
      // a broken connection is what the loop is for; anything else is a defect of ours
      if (error instanceof SyntaxError) throw error;
    }
    await sleep(RECONNECT_MS, signal);
  }
}
