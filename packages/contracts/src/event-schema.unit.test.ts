import { describe, expect, it } from '@jest/globals';
import { incompatibilities, renderEventsDocument } from './event-schema.ts';
import { eventCatalogue } from './catalogue.ts';

const object = (properties: object, required: string[]) => ({ type: 'object', properties, required });

describe('incompatibilities', () => {
  it('between a schema and itself are none', () => {
    const schema = object({ a: { type: 'string' }, b: { type: 'array', items: { type: 'integer' } } }, ['a']);
    expect(incompatibilities(schema, schema)).toEqual([]);
  });

  it('names a member that became required', () => {
    const older = object({ a: { type: 'string' } }, []);
    const newer = object({ a: { type: 'string' } }, ['a']);
    expect(incompatibilities(older, newer)).toEqual(['/a: required by the reader, not always written']);
    expect(incompatibilities(newer, older)).toEqual([]);
  });

  it('names a type that changed, at depth', () => {
    const older = object({ a: object({ b: { type: 'string' } }, []) }, []);
    const newer = object({ a: object({ b: { type: 'integer' } }, []) }, []);
    expect(incompatibilities(older, newer)).toEqual(['/a/b: the type differs']);
  });

  it('names an enumeration that lost a value, and one that became closed', () => {
    const open = { type: 'string' };
    const wide = { type: 'string', enum: ['x', 'y'] };
    const narrow = { type: 'string', enum: ['x'] };
    expect(incompatibilities(wide, narrow)).toHaveLength(1);
    expect(incompatibilities(narrow, wide)).toEqual([]);
    expect(incompatibilities(open, narrow)).toHaveLength(1);
  });

  it('names null that the reader refuses, inside a list too', () => {
    const nullable = { anyOf: [{ type: 'string' }, { type: 'null' }] };
    expect(incompatibilities({ type: 'array', items: nullable }, { type: 'array', items: { type: 'string' } })).toEqual(
      ['/*: may be null, and the reader refuses null'],
    );
  });
});

describe('renderEventsDocument', () => {
  it('lists every event of the catalogue', () => {
    const document = renderEventsDocument();
    for (const { type } of eventCatalogue) expect(document).toContain(`\`${type}\``);
  });
});
