import { randomUUID } from 'node:crypto';
import {
  addPaymentMethod,
  getDriver,
  listPaymentMethods,
  registerDriver,
  reviewDocument,
  submitDocument,
} from '@rideshare/contracts';
import { randomStream } from '@rideshare/kernel';
import type { RandomStream } from '@rideshare/kernel';
import { ApiError } from './api.ts';
import type { Api } from './api.ts';
import { signUp } from './session.ts';
import type { Person, Session } from './session.ts';

const FIRST_NAMES = [
  'Ana',
  'Bruno',
  'Carla',
  'Diogo',
  'Eva',
  'Filipe',
  'Graça',
  'Hugo',
  'Inês',
  'João',
  'Lara',
  'Miguel',
];
const LAST_NAMES = [
  'Almeida',
  'Barros',
  'Costa',
  'Dias',
  'Esteves',
  'Faria',
  'Gomes',
  'Lopes',
  'Matos',
  'Neves',
  'Pinto',
];
const MAKES = ['Renault Clio', 'Seat Leon', 'Toyota Corolla', 'Dacia Jogger', 'Peugeot 208', 'Opel Corsa'];
const DOCUMENTS = ['driving_license', 'vehicle_registration', 'insurance'] as const;
/** Valid for the life of the simulated accounts. */
const EXPIRES_ON = '2035-12-31';
/** What cards of riders without luck do; each name tells which. */
const FAILING_TOKENS = [
  'tok_declined',
  'tok_insufficient_funds',
  'tok_timeout_before',
  'tok_timeout_after',
  'tok_5xx_after',
  'tok_slow',
];

function pick(random: RandomStream, items: readonly string[]): string {
  return items[random.integer(items.length)] ?? '';
}

function person(kind: 'rider' | 'driver', seed: number, index: number, random: RandomStream): Person {
  return {
    email: `${kind}-${String(seed)}-${String(index)}@simulated.rideshare.local`,
    password: `simulated-${kind}-${String(seed)}-${String(index)}`,
    firstName: pick(random, FIRST_NAMES),
    lastName: pick(random, LAST_NAMES),
  };
}

/** A rider's account, with a card where the dice say so. */
export async function becomeRider(
  api: Api,
  seed: number,
  index: number,
  cards: { readonly paysByCard: number; readonly cardFails: number },
): Promise<Session> {
  const random = randomStream(seed, 'rider', index);
  const session = await signUp(api, person('rider', seed, index, random));
  if (!random.chance(cards.paysByCard)) return session;
  const token = random.chance(cards.cardFails) ? pick(random, FAILING_TOKENS) : 'tok_ok';
  const known = await api.call(listPaymentMethods, { token: await session.token() });
  if (known.items.length === 0) {
    await api.call(addPaymentMethod, {
      token: await session.token(),
      body: { gateway: 'sandbox', token },
      idempotencyKey: randomUUID(),
    });
  }
  return session;
}

/** A driver's account, with documents that the administrator has approved. */
export async function becomeDriver(api: Api, administrator: Session, seed: number, index: number): Promise<Session> {
  const random = randomStream(seed, 'driver', index);
  const session = await signUp(api, person('driver', seed, index, random));
  const [make = '', model = ''] = pick(random, MAKES).split(' ');
  const plate = `${String(index % 100).padStart(2, '0')}-SIM-${String(seed % 100)}`;
  const licenseNumber = `P-${String(seed)}-${String(index)}`;
  const vehicle = { make, model, year: 2023, plate, color: 'grey', class: 'economy' };
  await api
    .call(registerDriver, {
      token: await session.token(),
      body: { licenseNumber, vehicle },
      idempotencyKey: randomUUID(),
    })
    .catch((error: unknown) => {
      if (!(error instanceof ApiError) || error.code !== 'DRIVER_EXISTS') throw error;
    });
  const params = { id: session.userId };
  const profile = await api.call(getDriver, { params, token: await session.token() });
  if (profile.verification === 'verified') return session;
  for (const type of DOCUMENTS) {
    const current = profile.documents?.find((document) => document.type === type);
    if (current?.state === 'approved') continue;
    const waiting =
      current?.state === 'pending'
        ? current
        : await api.call(submitDocument, {
            params,
            token: await session.token(),
            body: { type, number: `${licenseNumber}-${type}`, expiresOn: EXPIRES_ON },
            idempotencyKey: randomUUID(),
          });
    await api.call(reviewDocument, {
      params: { ...params, documentId: waiting.id },
      token: await administrator.token(),
      body: { decision: 'approve' },
      idempotencyKey: randomUUID(),
    });
  }
  return session;
}
