import { login as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { login } from '../usecases/login.ts';
import type { LoginDeps, Session } from '../usecases/login.ts';
import { clientOf } from './request-parties.ts';
import { SESSION_HEADERS, sessionView } from './session-view.ts';

export function loginEndpoint(deps: LoginDeps): Endpoint {
  return endpoint<typeof route, Session>(route, {
    run: (call) =>
      login(deps, {
        email: call.body.email,
        password: call.body.password,
        client: clientOf(call),
        at: call.operation.at,
        sessionId: call.operation.id('session'),
      }),
    respond: (session) => ({ status: 200, headers: SESSION_HEADERS, body: sessionView(session) }),
  });
}
