import { getPreferences as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Preferences } from '../domain/account.ts';
import { getPreferences } from '../usecases/get-preferences.ts';
import { preferencesView } from './preferences-view.ts';

export function getPreferencesEndpoint(deps: Parameters<typeof getPreferences>[0]): Endpoint {
  return endpoint<typeof route, Preferences>(route, {
    run: ({ params, principal }) => getPreferences(deps, { accountId: params.id, callerId: userId(principal) }),
    respond: (preferences) => ({ status: 200, body: preferencesView(preferences) }),
  });
}
