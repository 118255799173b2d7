import { readFileSync } from 'node:fs';
import path from 'node:path';
import { usageError } from '../cli.ts';

/** The checkout's root. */
export const root = path.resolve(import.meta.dirname, '../..');

/** Everything that listens, and where, before `PORT_OFFSET`. */
const PORTS = {
  gateway: 8080,
  user: 8081,
  driver: 8082,
  trip: 3000,
  payment: 8000,
  notification: 8084,
  auditor: 8085,
  postgres: 15_432,
} as const;

// The Fetch standard forbids these to browsers and to Node, as other protocols live there: what listens on one of them starts
// as usual, and then nobody reaches it.
const badPorts = new Set(
  (JSON.parse(readFileSync(path.join(root, 'scripts/dev/bad-ports.json'), 'utf8')) as { readonly ports: number[] })
    .ports,
);
const OFFSET_MAX = 40_000;

/** Something that listens on a port. */
export type PortName = keyof typeof PORTS;
/** The services, in the order in which they are listed; the gateway opens last. */
export const SERVICES = ['user', 'driver', 'trip', 'payment', 'notification', 'gateway'] as const;
/** A service's name: its folder, its label, its role and its schema. */
export type ServiceName = (typeof SERVICES)[number];

/** Where this run keeps its data and listens. */
export interface Layout {
  readonly dataDir: string;
  readonly portOffset: number;
  readonly ports: Readonly<Record<PortName, number>>;
}

/**
 * The layout that the environment asks for.
 *
 * @throws A usage error naming the variable.
 */
export function readLayout(env: Readonly<Record<string, string | undefined>>): Layout {
  const offset = Number(env['PORT_OFFSET'] || '0');
  if (!Number.isInteger(offset) || offset < 0 || offset > OFFSET_MAX) {
    throw usageError(`PORT_OFFSET must be a whole number from 0 to ${String(OFFSET_MAX)}`);
  }
  const bad = badlyPlaced(offset);
  if (bad) {
    let better = offset + 1;
    while (badlyPlaced(better)) better += 1;
    throw usageError(
      `PORT_OFFSET=${String(offset)} puts ${bad.name} on port ${String(bad.port)}, which fetch and browsers refuse; set PORT_OFFSET=${String(better)}`,
    );
  }
  const ports = Object.fromEntries(Object.entries(PORTS).map(([name, port]) => [name, port + offset]));
  return {
    dataDir: path.resolve(root, env['RIDESHARE_DATA_DIR'] || '.data'),
    portOffset: offset,
    ports: ports as Record<PortName, number>,
  };
}

/** What this offset would move to where nobody can reach it. */
function badlyPlaced(offset: number): { readonly name: string; readonly port: number } | undefined {
  return Object.entries(PORTS)
    .map(([name, port]) => ({ name, port: port + offset }))
    .find(({ port }) => badPorts.has(port));
}
