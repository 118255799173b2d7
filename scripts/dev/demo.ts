import { randomUUID } from 'node:crypto';
import { ADMIN } from './processes.ts';

/** People of the tour; made through the public API, at every start where they are missing. */
export const DEMO = {
  rider: { email: 'rider@rideshare.local', password: 'local-rider-only', firstName: 'Rita', lastName: 'Rocha' },
  driver: { email: 'driver@rideshare.local', password: 'local-driver-only', firstName: 'Duarte', lastName: 'Dias' },
} as const;

const MANDATORY_DOCUMENTS = ['driving_license', 'vehicle_registration', 'insurance'];

interface Session {
  readonly accessToken: string;
  readonly user: { readonly id: string };
}

interface Driver {
  readonly verification: string;
  readonly documents?: readonly { readonly type: string; readonly id: string; readonly state: string }[];
}

/** Creates the demo rider and the demo driver, and approves the driver's documents as the administrator. */
export async function createDemoAccounts(gatewayUrl: string): Promise<void> {
  async function call<T>(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
    expected: readonly number[] = [],
  ): Promise<T> {
    const response = await fetch(new URL(path, gatewayUrl), {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(method === 'GET' ? {} : { 'idempotency-key': randomUUID() }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    if (!response.ok && !expected.includes(response.status)) {
      throw new Error(`${method} ${path} answered ${String(response.status)}: ${answer}`);
    }
    return (answer === '' ? undefined : JSON.parse(answer)) as T;
  }
  const login = ({ email, password }: { readonly email: string; readonly password: string }) =>
    call<Session>('POST', '/api/auth/login', { email, password });

  for (const person of Object.values(DEMO)) await call('POST', '/api/users', person, undefined, [409]);
  const driver = await login(DEMO.driver);
  const { id } = driver.user;
  const vehicle = { make: 'Renault', model: 'Clio', year: 2022, plate: 'DE-00-MO', color: 'blue', class: 'economy' };
  await call('POST', '/api/drivers', { licenseNumber: 'P-0000001', vehicle }, driver.accessToken, [409]);
  const profile = await call<Driver>('GET', `/api/drivers/${id}`, undefined, driver.accessToken);
  if (profile.verification === 'verified') return;
  const admin = await login(ADMIN);
  const expiresOn = new Date(Date.now() + 2 * 365 * 86_400_000).toISOString().slice(0, 10);
  for (const type of MANDATORY_DOCUMENTS) {
    const known = profile.documents?.find((document) => document.type === type && document.state === 'pending');
    const number = `DEMO-${type}`;
    const { id: documentId } =
      known ??
      (await call<{ id: string }>(
        'POST',
        `/api/drivers/${id}/documents`,
        { type, number, expiresOn },
        driver.accessToken,
      ));
    const review = `/api/drivers/${id}/documents/${documentId}/review`;
    await call('PUT', review, { decision: 'approve' }, admin.accessToken, [409]);
  }
}
