/** How long requests are remembered, in every engine. */
export const KEEP_KEYS_H = 72;
// gateways repeat a webhook for three days at most
export const KEEP_WEBHOOKS_DAYS = 30;
