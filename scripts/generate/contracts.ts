import {
  buildOpenApi,
  eventCatalogue,
  eventFileName,
  eventJsonSchema,
  renderEventsDocument,
  routeInventory,
} from '@rideshare/contracts';
import { stringify } from 'yaml';
import type { Generated } from './generated.ts';

/** The JSON Schema of each published version of an event. */
export function generateEventSchemas(): Generated[] {
  return eventCatalogue.map((definition) => ({
    file: `packages/contracts/schemas/${eventFileName(definition)}`,
    content: JSON.stringify(eventJsonSchema(definition), undefined, 2),
    published: true,
  }));
}

/** The reference of all events. */
export function generateEventsDocument(): Generated {
  return { file: 'docs/events.md', content: renderEventsDocument() };
}

/** The public API, as one OpenAPI document. */
export function generateOpenApi(version: string): Generated {
  const document = buildOpenApi(routeInventory, { title: 'Rideshare API', version });
  const note = '# Generated from packages/contracts by `yarn generate`; do not edit.\n';
  return { file: 'docs/api/openapi.yml', content: note + stringify(document, { aliasDuplicateObjects: false }) };
}
