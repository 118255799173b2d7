import { refreshSession as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Session } from '../usecases/login.ts';
import { refreshSession } from '../usecases/refresh-session.ts';
import type { RefreshSessionDeps } from '../usecases/refresh-session.ts';
import { clientOf } from './request-parties.ts';
import { SESSION_HEADERS, sessionView } from './session-view.ts';

export function refreshSessionEndpoint(deps: RefreshSessionDeps): Endpoint {
  return endpoint<typeof route, Session>(route, {
    run: (call) => refreshSession(deps, { refreshToken: call.body.refreshToken, client: clientOf(call) }),
    respond: (session) => ({ status: 200, headers: SESSION_HEADERS, body: sessionView(session) }),
  });
}
