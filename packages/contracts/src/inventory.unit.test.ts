import { describe, expect, it } from '@jest/globals';
import { routeInventory } from './inventory.ts';
import { buildOpenApi } from './openapi.ts';

describe('routeInventory', () => {
  it('has each id and each method with its path once', () => {
    const ids = routeInventory.map(({ id }) => id);
    const places = routeInventory.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(places).size).toBe(places.length);
  });

  it('names every path parameter in its schema, and no other', () => {
    for (const { params, path } of routeInventory) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const shape = Object.keys((params as unknown as { shape: object }).shape);
      expect(shape.toSorted()).toEqual(named.toSorted());
    }
  });

  it('keeps internal routes below /internal and lets nobody else there', () => {
    for (const { callers, path } of routeInventory) {
      expect(path.startsWith('/internal/')).toBe(callers.includes('internal'));
    }
  });

  it('asks for an idempotency key only where one has an effect', () => {
    for (const { idempotency, keyMayBeRequired, method } of routeInventory) {
      if (keyMayBeRequired) expect(idempotency).toBe('optional');
      if (method === 'GET') expect(idempotency).toBe('none');
    }
  });
});

describe('buildOpenApi', () => {
  const document = buildOpenApi(routeInventory, { title: 'Rideshare', version: '0.0.0' }) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };

  it('has every public route and no internal one', () => {
    for (const { callers, id, method, path } of routeInventory) {
      const operation = document.paths[path]?.[method.toLowerCase()];
      if (callers.includes('internal')) expect(operation).toBeUndefined();
      else expect(operation?.operationId).toBe(id);
    }
  });
});
