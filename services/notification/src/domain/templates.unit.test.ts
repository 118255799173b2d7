import { describe, expect, it } from '@jest/globals';
import { renderTemplate } from './templates.ts';
import type { Audience, Kind } from './templates.ts';

const KINDS: readonly Kind[] = [
  'trip_accepted',
  'driver_arrived',
  'trip_completed',
  'trip_cancelled',
  'trip_expired',
  'payment_failed',
  'refund',
];
const AUDIENCES: readonly Audience[] = ['rider', 'driver'];
const amount = { amount: 1250, currency: 'EUR' };

describe('renderTemplate', () => {
  it('has a title and a body for every kind, side and language', () => {
    for (const kind of KINDS) {
      for (const audience of AUDIENCES) {
        for (const language of ['en', 'pt', 'pt-BR']) {
          const { body, template, title } = renderTemplate(kind, audience, language, { amount });
          expect(title).not.toBe('');
          expect(body).not.toContain('undefined');
          expect(template).toBe(`${kind.replaceAll('_', '-')}.${audience}.v1`);
        }
      }
    }
  });

  it('answers in English where a language has no texts', () => {
    expect(renderTemplate('refund', 'rider', 'fi', { amount })).toEqual(
      renderTemplate('refund', 'rider', 'en', { amount }),
    );
  });

  it('writes amounts as the currency and the language want', () => {
    expect(renderTemplate('refund', 'rider', 'en', { amount }).body).toContain('€12.50');
    expect(renderTemplate('refund', 'rider', 'pt', { amount }).body).toContain('12,50');
    expect(renderTemplate('refund', 'rider', 'en', { amount: { amount: 500, currency: 'JPY' } }).body).toContain(
      '¥500',
    );
  });

  it.each([
    ['rider', 'by the rider'],
    ['driver', 'by the driver'],
    ['system', 'by us'],
    ['admin', 'by us'],
  ] as const)('says that a trip was cancelled by the %s', (cancelledBy, text) => {
    const data = { cancelledBy, amount: { amount: 0, currency: 'EUR' } };
    expect(renderTemplate('trip_cancelled', 'rider', 'en', data).body).toContain(text);
    expect(renderTemplate('trip_cancelled', 'rider', 'en', data).body).toContain('Nothing was charged');
    expect(renderTemplate('trip_cancelled', 'rider', 'pt', data).body).toContain('Nada foi cobrado');
  });

  it('owes nothing after a hold that was refused', () => {
    const data = { amount: { amount: 0, currency: 'EUR' } };
    expect(renderTemplate('payment_failed', 'rider', 'en', data).body).toBe(
      'Your payment was refused. Nothing was charged.',
    );
    expect(renderTemplate('payment_failed', 'rider', 'pt', data).body).toBe(
      'O seu pagamento foi recusado. Nada foi cobrado.',
    );
  });

  it('names the fee of a cancellation to the rider, and not to the driver', () => {
    const data = { cancelledBy: 'rider', amount } as const;
    expect(renderTemplate('trip_cancelled', 'rider', 'en', data).body).toContain('€12.50');
    expect(renderTemplate('trip_cancelled', 'driver', 'en', data).body).not.toContain('€12.50');
  });
});
