import { registerUser as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Account } from '../domain/account.ts';
import { registerUser } from '../usecases/register-user.ts';
import type { RegisterUserDeps } from '../usecases/register-user.ts';
import { userView } from './user-view.ts';

export function registerUserEndpoint(deps: RegisterUserDeps): Endpoint {
  return endpoint<typeof route, Account>(route, {
    run: ({ body, operation }) =>
      registerUser(deps, operation, {
        email: body.email,
        password: body.password,
        profile: { firstName: body.firstName, lastName: body.lastName, phone: body.phone ?? null },
        roles: ['rider'],
      }),
    respond: (account) => ({
      status: 201,
      headers: { Location: `/api/users/${account.id}` },
      body: userView(account),
    }),
  });
}
