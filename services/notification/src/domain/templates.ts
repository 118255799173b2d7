import type { Money } from '@rideshare/kernel';

/** What a person is told about. */
export type Kind =
  | 'trip_accepted'
  | 'driver_arrived'
  | 'trip_completed'
  | 'trip_cancelled'
  | 'trip_expired'
  | 'payment_failed'
  | 'refund';

/** On which side of the trip the reader is. */
export type Audience = 'rider' | 'driver';

/** What templates may mention. */
export interface TemplateData {
  readonly amount?: Money;
  readonly cancelledBy?: 'rider' | 'driver' | 'system' | 'admin';
}

/** A rendered message. */
export interface Rendered {
  /** The template's name and version, such as `trip-completed.v1`. */
  readonly template: string;
  readonly title: string;
  readonly body: string;
}

interface Text {
  readonly title: string;
  readonly body: (amount: string, data: TemplateData) => string;
}

type Texts = Readonly<Record<Kind, Readonly<Record<Audience, Text>>>>;

const text = (title: string, body: Text['body']): Text => ({ title, body });
const both = (rider: Text, driver: Text = rider) => ({ rider, driver });

const english: Texts = {
  trip_accepted: both(
    text('Your driver is on the way', () => 'A driver has accepted your trip and is coming to the pickup.'),
  ),
  driver_arrived: both(
    text('Your driver is here', () => 'Your driver waits at the pickup. Your start code is in the app.'),
  ),
  trip_completed: both(
    text('Your receipt', (amount) => `Thank you for riding. Your trip came to ${amount}.`),
    text('Trip completed', (amount) => `The trip is over. The fare was ${amount}.`),
  ),
  trip_cancelled: both(
    text('Trip cancelled', (amount, { cancelledBy }) => `${byWhomEnglish(cancelledBy)} ${feeEnglish(amount)}`),
    text('Trip cancelled', (_amount, { cancelledBy }) => byWhomEnglish(cancelledBy)),
  ),
  trip_expired: both(text('No driver found', () => 'We found no driver for your trip. Nothing was charged.')),
  payment_failed: both(text('Payment failed', (amount) => `Your payment was refused. ${owedEnglish(amount)}`)),
  refund: both(text('Refund', (amount) => `${amount} is on its way back to you.`)),
};

const portuguese: Texts = {
  trip_accepted: both(
    text('O seu motorista vem a caminho', () => 'Um motorista aceitou a sua viagem e vai ter consigo.'),
  ),
  driver_arrived: both(
    text('O seu motorista chegou', () => 'O motorista espera por si. O código de início está na aplicação.'),
  ),
  trip_completed: both(
    text('O seu recibo', (amount) => `Obrigado por viajar connosco. A viagem custou ${amount}.`),
    text('Viagem concluída', (amount) => `A viagem terminou. A tarifa foi ${amount}.`),
  ),
  trip_cancelled: both(
    text('Viagem cancelada', (amount, { cancelledBy }) => `${byWhomPortuguese(cancelledBy)} ${feePortuguese(amount)}`),
    text('Viagem cancelada', (_amount, { cancelledBy }) => byWhomPortuguese(cancelledBy)),
  ),
  trip_expired: both(text('Sem motorista', () => 'Não encontrámos motorista para a sua viagem. Nada foi cobrado.')),
  payment_failed: both(
    text('Pagamento recusado', (amount) => `O seu pagamento foi recusado. ${owedPortuguese(amount)}`),
  ),
  refund: both(text('Reembolso', (amount) => `${amount} vão ser-lhe devolvidos.`)),
};

function byWhomEnglish(cancelledBy: TemplateData['cancelledBy']): string {
  return cancelledBy === 'rider' || cancelledBy === 'driver'
    ? `The trip was cancelled by the ${cancelledBy}.`
    : 'The trip was cancelled by us.';
}

function feeEnglish(amount: string): string {
  return amount === '' ? 'Nothing was charged.' : `A cancellation fee of ${amount} applies.`;
}

function owedEnglish(amount: string): string {
  return amount === '' ? 'Nothing was charged.' : `${amount} is still owed.`;
}

function owedPortuguese(amount: string): string {
  return amount === '' ? 'Nada foi cobrado.' : `Falta pagar ${amount}.`;
}

function byWhomPortuguese(cancelledBy: TemplateData['cancelledBy']): string {
  if (cancelledBy === 'rider') return 'A viagem foi cancelada pelo passageiro.';
  return cancelledBy === 'driver' ? 'A viagem foi cancelada pelo motorista.' : 'A viagem foi cancelada por nós.';
}

function feePortuguese(amount: string): string {
  return amount === '' ? 'Nada foi cobrado.' : `Aplica-se uma taxa de cancelamento de ${amount}.`;
}

const LANGUAGES: Readonly<Partial<Record<string, { readonly texts: Texts; readonly locale: string }>>> = {
  en: { texts: english, locale: 'en-IE' },
  pt: { texts: portuguese, locale: 'pt-PT' },
};

function formatAmount(amount: Money | undefined, locale: string): string {
  if (!amount || amount.amount === 0) return '';
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: amount.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount.amount / 10 ** digits);
}

/** Renders a message; a language without texts of its own is answered in English. */
export function renderTemplate(kind: Kind, audience: Audience, language: string, data: TemplateData): Rendered {
  const chosen = LANGUAGES[language.slice(0, 2)] ?? { texts: english, locale: 'en-IE' };
  const { body, title } = chosen.texts[kind][audience];
  const amount = formatAmount(data.amount, chosen.locale);
  return { template: `${kind.replaceAll('_', '-')}.${audience}.v1`, title, body: body(amount, data) };
}
