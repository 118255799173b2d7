import type { sessionSchema } from '@rideshare/contracts';
import type { Session } from '../usecases/login.ts';
import { userView } from './user-view.ts';

/** The tokens of a session; never to be kept by anything between here and the client. */
export const SESSION_HEADERS = { 'Cache-Control': 'no-store' } as const;

/** A session as its owner receives it. */
export function sessionView(session: Session): ReturnType<(typeof sessionSchema)['parse']> {
  return {
    accessToken: session.accessToken,
    tokenType: 'Bearer',
    expiresIn: session.expiresInS,
    refreshToken: session.refreshToken,
    user: userView(session.account),
  };
}
