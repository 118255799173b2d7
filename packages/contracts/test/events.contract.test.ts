import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import {
  envelopeSchema,
  eventCatalogue,
  eventFileName,
  eventJsonSchema,
  incompatibilities,
  topics,
} from '../src/index.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (folder: string, file: string): unknown => JSON.parse(readFileSync(path.join(root, folder, file), 'utf8'));

describe.each(eventCatalogue.map((definition) => ({ name: eventFileName(definition), definition })))(
  'event $name',
  ({ name, definition }) => {
    it('has the schema that was published', () => {
      expect(eventJsonSchema(definition)).toEqual(read('schemas', name));
    });

    it('parses its golden fixture, as zod and as JSON Schema', () => {
      const envelope = envelopeSchema.parse(read('fixtures', name));
      expect(envelope.type).toBe(definition.type);
      const data = definition.data.parse(envelope.data) as Record<string, unknown>;
      expect(envelope.stream).toBe(`${definition.stream.kind}:${String(data[definition.stream.id])}`);
      expect(data[definition.key]).toBeDefined();
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      expect(ajv.validate(eventJsonSchema(definition), envelope.data)).toBe(true);
    });

    it('is on a topic that agrees about order', () => {
      expect(topics[definition.topic].sequenced).toBe(definition.sequenced);
    });
  },
);

describe('published events', () => {
  it('are still in the catalogue, every version', () => {
    expect(readdirSync(path.join(root, 'schemas')).toSorted()).toEqual(eventCatalogue.map(eventFileName).toSorted());
  });

  it('can be read by the next version of the same type, and the other way round', () => {
    for (const newer of eventCatalogue) {
      const older = eventCatalogue.find(({ type, version }) => type === newer.type && version === newer.version - 1);
      if (!older) continue;
      expect(incompatibilities(eventJsonSchema(older), eventJsonSchema(newer))).toEqual([]);
      expect(incompatibilities(eventJsonSchema(newer), eventJsonSchema(older))).toEqual([]);
    }
  });
});
