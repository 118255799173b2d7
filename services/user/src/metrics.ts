import type { Metrics } from '@rideshare/observability';
import type { Signals } from './usecases/ports.ts';

/** Somebody counts as active while an access token of theirs can be valid. */
export const ACTIVE_WITHIN_MS = 900_000;

/** The signals of the business as metrics. */
export function createSignals(metrics: Metrics): Signals {
  const registrations = metrics.counter('user_registrations_total', 'Accounts that were opened');
  const logins = metrics.counter('user_logins_total', 'Attempts to sign in, by how they ended', ['outcome']);
  const refreshes = metrics.counter(
    'user_token_refreshes_total',
    'Refresh tokens that came in, by what became of them',
    ['outcome'],
  );
  return {
    registered: () => registrations.inc(),
    loginEnded: (outcome) => logins.inc({ outcome }),
    refreshEnded: (outcome) => refreshes.inc({ outcome }),
  };
}

/** The gauges that are read when somebody asks. */
export function exposeGauges(
  metrics: Metrics,
  read: { readonly activeUsers: () => Promise<number>; readonly passwordsWaiting: () => number },
): void {
  metrics.gauge(
    'active_users_total',
    'People whose session was opened or refreshed in the last 15 minutes',
    [],
    read.activeUsers,
  );
  metrics.gauge('user_passwords_waiting', 'Passwords that wait to be checked', [], read.passwordsWaiting);
}
