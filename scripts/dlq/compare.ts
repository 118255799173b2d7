import { envelopeSchema } from '@rideshare/contracts';
import type { EventDefinition } from '@rideshare/contracts';
import type { z } from 'zod';

/** One place where an event is not what its contract says. */
export interface Difference {
  /** A JSON pointer into the envelope. */
  readonly pointer: string;
  readonly problem: string;
}

const pointerTo = (path: readonly PropertyKey[]): string => `/${path.map(String).join('/')}`;

function differences(error: z.ZodError, at: readonly PropertyKey[]): Difference[] {
  return error.issues.map(({ path, message }) => ({ pointer: pointerTo([...at, ...path]), problem: message }));
}

/** Members, at any depth, that reading by the contract drops. */
function unknownMembers(given: unknown, read: unknown, at: readonly PropertyKey[]): Difference[] {
  if (typeof given !== 'object' || given === null || typeof read !== 'object' || read === null) return [];
  const known = read as Readonly<Record<string, unknown>>;
  return Object.entries(given).flatMap(([name, value]) =>
    name in known
      ? unknownMembers(value, known[name], [...at, name])
      : [{ pointer: pointerTo([...at, name]), problem: 'the contract does not know this member' }],
  );
}

/** Where `envelope` departs from the contract of the event that it says it is. */
export function compareToContract(envelope: unknown, catalogue: readonly EventDefinition[]): Difference[] {
  const outer = envelopeSchema.safeParse(envelope);
  if (!outer.success) return differences(outer.error, []);
  const { type, version, data } = outer.data;
  const versions = catalogue.filter((definition) => definition.type === type);
  if (versions.length === 0) return [{ pointer: '/type', problem: 'no such event is declared' }];
  const definition = versions.find((each) => each.version === version);
  if (!definition) {
    const declared = versions.map((each) => String(each.version)).join(', ');
    return [{ pointer: '/version', problem: `declared are: ${declared}` }];
  }
  const inner = definition.data.safeParse(data);
  return inner.success ? unknownMembers(data, inner.data, ['data']) : differences(inner.error, ['data']);
}
