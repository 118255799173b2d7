import { z } from 'zod';
import { eventCatalogue, topics } from './catalogue.ts';
import type { EventDefinition } from './event.ts';

/** The JSON Schema (draft 2020-12) of an event's data, as it is committed. */
export function eventJsonSchema(definition: EventDefinition): object {
  return z.toJSONSchema(definition.data, { target: 'draft-2020-12', io: 'output', reused: 'inline' });
}

/** The file name of one version of an event, without its folder. */
export function eventFileName(definition: EventDefinition): string {
  return `${definition.type}.v${String(definition.version)}.json`;
}

interface ObjectSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly items?: ObjectSchema;
  readonly anyOf?: readonly ObjectSchema[];
}

function isNullable(schema: ObjectSchema): boolean {
  return schema.anyOf?.some((branch) => branch.type === 'null') ?? false;
}

function differences(writer: ObjectSchema, reader: ObjectSchema, at: string): string[] {
  if (isNullable(writer) && !isNullable(reader)) return [`${at}: may be null, and the reader refuses null`];
  if (JSON.stringify(writer.type) !== JSON.stringify(reader.type)) return [`${at}: the type differs`];
  const found: string[] = [];
  if (reader.enum) {
    const unknown = (writer.enum ?? []).filter((value) => !reader.enum?.includes(value));
    if (!writer.enum || unknown.length > 0) found.push(`${at}: values the reader does not know: ${unknown.join(', ')}`);
  }
  for (const name of reader.required ?? []) {
    if (!writer.required?.includes(name)) found.push(`${at}/${name}: required by the reader, not always written`);
  }
  for (const [name, schema] of Object.entries(reader.properties ?? {})) {
    const written = writer.properties?.[name];
    if (written) found.push(...differences(written, schema, `${at}/${name}`));
  }
  if (writer.items && reader.items) found.push(...differences(writer.items, reader.items, `${at}/*`));
  return found;
}

/**
 * Why a consumer that knows the schema `reader` could not take what `writer` describes; empty when it can.
 *
 * @remarks Call it both ways round for backward and forward compatibility. Looks at types, nullability, required
 * members and enumerations, at every depth.
 */
export function incompatibilities(writer: object, reader: object): string[] {
  return differences(writer, reader, '');
}

/** The generated reference of all events, in Markdown. */
export function renderEventsDocument(): string {
  const lines = [
    '# Events',
    '',
    'Generated from `packages/contracts` by `yarn generate`; do not edit. Every event travels in an envelope of `id`, `type`,',
    '`version`, `stream`, `sequence`, `occurredAt`, `source`, `correlationId`, `causationId` and `data`.',
    '',
  ];
  for (const [topic, { partitions, sequenced, retentionH }] of Object.entries(topics)) {
    lines.push(`## ${topic}`, '');
    lines.push(
      `${String(partitions)} partitions, kept for ${String(retentionH)} h, ${sequenced ? 'in order within a stream' : 'newest wins'}.`,
      '',
      '| event | version | key | stream | tells that | data |',
      '| --- | --- | --- | --- | --- | --- |',
    );
    for (const event of eventCatalogue.filter((definition) => definition.topic === topic)) {
      const members = Object.keys((eventJsonSchema(event) as ObjectSchema).properties ?? {});
      lines.push(
        `| \`${event.type}\` | ${String(event.version)} | \`${event.key}\` | \`${event.stream.kind}:{${event.stream.id}}\` | ${event.summary} | ${members.map((name) => `\`${name}\``).join(' ')} |`,
      );
    }
    lines.push('');
  }
  return lines.join('\n');
}
