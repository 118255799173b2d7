import { makeRecorder } from '@rideshare/histories';
import type { Ending, Recorder, Step } from '@rideshare/histories';
import { canonicalJson } from '@rideshare/kernel';
import { send } from './client.ts';
import type { Actor, Answer } from './client.ts';
import type { Platform } from './platform.ts';

/** What clients of the platform were told, by the kind of object that it is about. */
export interface HistoryBook {
  readonly trips: Recorder;
  readonly payments: Recorder;
  readonly keys: Recorder;
  /** The states that each trip went through, as a list: changes append to it, readers see all of it. */
  readonly lists: Recorder;
}

export function newHistoryBook(): HistoryBook {
  return { trips: makeRecorder(), payments: makeRecorder(), keys: makeRecorder(), lists: makeRecorder() };
}

/** One request to be recorded. */
export interface Asked {
  readonly key: string;
  readonly operation: string;
  readonly input: unknown;
  readonly ask: () => Promise<Answer>;
  readonly judge: (answer: Answer) => Ending;
}

let clients = 0;

/** Records one request, of a client of its own: a device has no reason to wait for another one. */
export function record(recorder: Recorder, { ask, ...asked }: Asked): Promise<Answer> {
  clients += 1;
  return recorder.process(`client-${String(clients)}`).call({ ...asked, run: ask });
}

/** What any answer means: a refusal that was decided is an answer, too many requests had no effect, 5xx says nothing. */
export function judging(success: (body: never) => unknown): (answer: Answer) => Ending {
  return ({ body, status }) => {
    if (status < 300) return { type: 'ok', value: success(body) };
    if (status === 429) return { type: 'fail' };
    if (status < 500) return { type: 'ok', value: { refused: (body as { code: string }).code } };
    return { type: 'info', value: status };
  };
}

/** The same request at once under one key, perhaps with another body under it. */
export function underOneKey(
  platform: Platform,
  book: HistoryBook,
  actor: Actor,
  target: string,
  { bodies, key }: { readonly key: string; readonly bodies: readonly unknown[] },
): Promise<Answer[]> {
  const requests = bodies.map((body) =>
    record(book.keys, {
      ...{ key: `${actor.id} ${target} ${key}`, operation: 'request', input: { payload: JSON.stringify(body) } },
      ask: () => send(platform, 'POST', target, { token: actor.token, body, headers: { 'idempotency-key': key } }),
      judge: judgeKeyed,
    }),
  );
  return Promise.all(requests);
}

function judgeKeyed({ body, headers, status }: Answer): Ending {
  const { code } = body as { code?: string };
  if (code === 'IDEMPOTENCY_IN_PROGRESS') return { type: 'ok', value: { outcome: 'in_progress' } };
  if (code === 'IDEMPOTENCY_KEY_REUSED') return { type: 'ok', value: { outcome: 'reused' } };
  if (status === 429) return { type: 'fail' };
  if (status >= 500) return { type: 'info', value: status };
  // a kept answer has its members in another order
  const outcome = headers.get('idempotency-replayed') === 'true' ? 'replayed' : 'executed';
  return { type: 'ok', value: { outcome, answer: `${String(status)} ${canonicalJson(body)}` } };
}

/** Requests that all want to bring a trip to one status, recorded as the one that appended it to the trip's list. */
export function appending(
  book: HistoryBook,
  tripId: string,
  status: string,
  requests: () => readonly Promise<Answer>[],
): Promise<Answer[]> {
  clients += 1;
  const step: Step = { append: tripId, value: status };
  return book.lists.process(`group-${String(clients)}`).call({
    ...{ key: '*', operation: 'transaction', input: [step] },
    run: () => Promise.all(requests()),
    judge: (answers): Ending => {
      if (answers.some((answer) => answer.status === 200)) return { type: 'ok', value: [step] };
      return answers.some((answer) => answer.status >= 500) ? { type: 'info' } : { type: 'fail' };
    },
  });
}

/** A reader of a trip's list. */
export function readingList<T>(
  book: HistoryBook,
  tripId: string,
  run: () => Promise<T>,
  statuses: (result: T) => readonly string[] | undefined,
): Promise<T> {
  clients += 1;
  return book.lists.process(`reader-${String(clients)}`).call({
    ...{ key: '*', operation: 'transaction', input: [{ read: tripId }], run },
    judge: (result): Ending => {
      const values = statuses(result);
      return values ? { type: 'ok', value: [{ read: tripId, values }] } : { type: 'fail' };
    },
  });
}
