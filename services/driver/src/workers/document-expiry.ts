import { expireDocuments } from '../usecases/expire-documents.ts';
import { createLoop } from './loop.ts';
import type { BackgroundLoop } from './loop.ts';

export function createDocumentExpiry(
  deps: Parameters<typeof createLoop>[0] & Parameters<typeof expireDocuments>[0],
  intervalMs: number,
): BackgroundLoop {
  return createLoop(deps, 'document-expiry', intervalMs, () => expireDocuments(deps));
}
