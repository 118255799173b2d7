import type { Operation } from '@rideshare/kernel';
import { webhookInvalid, webhookSignatureInvalid } from '../domain/errors.ts';
import type { Signals, WebhookLog, WebhookVerifier } from './ports.ts';

/** A webhook as it came in. */
export interface IncomingWebhook {
  readonly gateway: string;
  readonly signature: string | undefined;
  /** The bytes that were signed. */
  readonly rawBody: Uint8Array;
  readonly body: unknown;
}

// longer ids are no ids of a gateway of ours
const TEXT_MAX = 255;

/**
 * Takes in what a gateway tells.
 *
 * @remarks What it says is not believed, only that there is something to ask: the operation it names is queried.
 * @throws `WEBHOOK_SIGNATURE_INVALID`, `WEBHOOK_INVALID`.
 */
export async function receiveWebhook(
  deps: {
    readonly webhooks: WebhookLog;
    readonly verifier: WebhookVerifier;
    readonly signals: Pick<Signals, 'webhookReceived'>;
  },
  operation: Pick<Operation, 'at'>,
  { gateway, signature, rawBody, body }: IncomingWebhook,
): Promise<void> {
  if (!deps.verifier.verify(rawBody, signature, operation.at)) {
    deps.signals.webhookReceived('refused');
    throw webhookSignatureInvalid();
  }
  const eventId = textOf(body, 'id');
  if (eventId === null) throw webhookInvalid();
  const isNew = await deps.webhooks.receive({ gateway, eventId, pspKey: textOf(body, 'key') });
  deps.signals.webhookReceived(isNew ? 'applied' : 'repeated');
}

function textOf(body: unknown, name: string): string | null {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return typeof value === 'string' && value.length > 0 && value.length <= TEXT_MAX ? value : null;
}
