import { replacePreferences as route } from '@rideshare/contracts';
import { endpoint, userId } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import type { Account } from '../domain/account.ts';
import { replacePreferences } from '../usecases/replace-preferences.ts';
import { preferencesView } from './preferences-view.ts';

export function replacePreferencesEndpoint(deps: Parameters<typeof replacePreferences>[0]): Endpoint {
  return endpoint<typeof route, Account>(route, {
    run: ({ params, body, principal, operation }) =>
      replacePreferences(deps, operation, { accountId: params.id, callerId: userId(principal), preferences: body }),
    respond: ({ preferences }) => ({ status: 200, body: preferencesView(preferences) }),
  });
}
