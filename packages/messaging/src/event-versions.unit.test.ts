import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { envelopeSchema, eventCatalogue, eventFileName } from '@rideshare/contracts';
import type { Envelope, EventDefinition } from '@rideshare/contracts';
import { manualScheduler } from '@rideshare/testing';
import fc from 'fast-check';
import { createHandlers, HandlingError, readEnvelope } from './delivery.ts';
import type { StoredRecord } from './delivery.ts';
import { on } from './subscription.ts';

// Every event has one version, so there is nothing to be made younger. What a reader makes of the versions and members of
// writers that are ahead of it is what keeps the two apart.

const fixtures = path.resolve(import.meta.dirname, '../../contracts/fixtures');
const written = eventCatalogue.map((definition) => ({
  definition,
  envelope: envelopeSchema.parse(JSON.parse(readFileSync(path.join(fixtures, eventFileName(definition)), 'utf8'))),
}));

const recordOf = ({ topic, key, type }: EventDefinition, envelope: unknown): StoredRecord => {
  return { topic, partition: 0, offset: 1, key, type, headers: {}, envelope };
};

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same with a member that nobody knows in every object of it but places, which are read to the letter. */
function ahead(value: unknown, name: string, more: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => ahead(each, name, more));
  if (!isPlain(value) || 'lat' in value) return value;
  const members = Object.entries(value).map(([key, each]) => [key, ahead(each, name, more)]);
  return { ...Object.fromEntries(members), [name]: more };
}

async function received(definition: EventDefinition, envelope: Envelope): Promise<unknown> {
  let seen: unknown;
  const subscription = on(definition, ({ data }) => {
    seen = data;
    return Promise.resolve('applied');
  });
  const handlers = createHandlers('group', [subscription], manualScheduler());
  try {
    const found = handlers.find(envelope);
    if (!found) return undefined;
    await handlers.handle({ record: recordOf(definition, envelope), envelope, subscription: found, attempt: 1 });
    return seen;
  } finally {
    handlers.close();
  }
}

const events = fc.constantFrom(...written);
const names = fc.string({ minLength: 1, maxLength: 12 }).map((name) => `later ${name}`);

it('a reader, of members that it does not know, wherever they are, hands over what it knows', async () => {
  await fc.assert(
    fc.asyncProperty(events, names, fc.jsonValue(), async ({ definition, envelope }, name, more) => {
      const record = recordOf(definition, ahead(envelope, name, more));
      const read = readEnvelope(record);
      expect({ ...read, data: undefined }).toEqual({ ...envelope, data: undefined });
      expect(await received(definition, read!)).toEqual(definition.data.parse(envelope.data));
    }),
  );
});

it('a reader, of a version that it does not know, refuses for good and hands over nothing', async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.integer({ min: 2 }), async ({ definition, envelope }, version) => {
      const failing = received(definition, { ...envelope, version });
      await expect(failing).rejects.toBeInstanceOf(HandlingError);
      await expect(failing).rejects.toMatchObject({ failure: { code: 'EVENT_VERSION_UNKNOWN', retryable: false } });
    }),
  );
});

it('a reader, of a type that it has not asked for, passes over every version of it', async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.string({ minLength: 1 }), fc.integer({ min: 1 }), async (event, type, version) => {
      fc.pre(type !== event.definition.type);
      expect(await received(event.definition, { ...event.envelope, type, version })).toBeUndefined();
    }),
  );
});
