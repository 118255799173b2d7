import { receiveWebhook as route } from '@rideshare/contracts';
import { endpoint } from '@rideshare/http';
import type { Endpoint } from '@rideshare/http';
import { receiveWebhook } from '../usecases/receive-webhook.ts';

const SIGNATURE_HEADER = 'sandbox-signature';

export function receiveWebhookEndpoint(deps: Parameters<typeof receiveWebhook>[0]): Endpoint {
  return endpoint<typeof route, undefined>(route, {
    async run({ params, headers, rawBody, body, operation }) {
      const signature = headers[SIGNATURE_HEADER];
      await receiveWebhook(deps, operation, {
        gateway: params.gateway,
        signature: typeof signature === 'string' ? signature : undefined,
        rawBody,
        body,
      });
      return undefined;
    },
    respond: () => ({ status: 200, body: { received: true } }),
  });
}
