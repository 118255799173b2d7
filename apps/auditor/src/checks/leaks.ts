/**
 * What may stand where: secrets nowhere; e-mail addresses and phone numbers in accounts, contacts and user events; places
 * in the data of trips, offers, positions and their events. What people write themselves (a comment, a reason, a name) is
 * looked at for secrets only. Headers and texts of errors hold nothing of either kind.
 */
import type { Check, Finding, Violation } from '../check.ts';
import { personalIn, secretsIn } from '../detect.ts';
import type { Look } from '../look.ts';
import { SERVICES } from '../services.ts';

/** Where a text comes from. */
interface Source {
  /** Told in the violation. */
  readonly where: string;
  /** Rows of `id` and `text`, already without what the database itself can tell is harmless. */
  readonly query: (look: Look) => string;
  /** Whether what is personal is forbidden, too. */
  readonly impersonal: boolean;
}

// a first look by the database: whatever is not at least like one of these is not handed over
const LIKE_SECRETS = String.raw`eyJ|rrt_|argon2|[2-6][0-9]{3}[0-9 -]{9}`;
const LIKE_ANYTHING = String.raw`${LIKE_SECRETS}|@|\+[0-9]|lat|[0-9]\.[0-9]{3}`;
const maySecret = (text: string) => `${text} ~ '${LIKE_SECRETS}'`;
const suspicious = (text: string) => `${text} ~ '${LIKE_ANYTHING}'`;

/** What entries of a timeline are made of; their code is the only one of these that is another's text. */
const TIMELINE_MEMBERS = `array[${[
  ...[
    'driverId',
    'state',
    'reason',
    'epoch',
    'offerId',
    'expiresAt',
    'paymentId',
    'riderId',
    'amount',
    'kind',
    'method',
  ],
  ...['driverShare', 'op', 'code', 'outstanding', 'refundId', 'refunded', 'journalId', 'lines', 'messageId', 'userId'],
  ...['channel', 'template', 'aboutEventId'],
]
  .map((name) => `'${name}'`)
  .join(', ')}]`;

/** Headers that are anything but a trace, whose form leaves no room for anything else. */
const TRACE = `{"traceparent": "00-${'_'.repeat(32)}-${'_'.repeat(16)}-__"}`;
const SUSPICIOUS_HEADERS = `headers <> '{}' and (headers::text not like '${TRACE}' or strpos(headers::text, '@') > 0)`;

/** The members of events that hold free text, or text of another's making. */
const FREE = ['comment', 'reason', 'code', 'email', 'phone', 'firstName', 'lastName'];
// all other members are ids, numbers, times and names from a list, as rule 28 has it
const WITH_FREE_TEXT = `type in ('trip.cancelled', 'trip.rated', 'driver.document_reviewed', 'payment.failed', 'user.registered',
  'user.updated')`;
const freeText = FREE.map((member) => `envelope -> 'data' ->> '${member}'`).join(', ');
const SOURCES: readonly Source[] = [
  {
    where: 'the headers of event_log.records',
    impersonal: true,
    query: ({ records }) =>
      `select event_id::text as id, headers::text as text from ${records('.events')} records where ${SUSPICIOUS_HEADERS}`,
  },
  {
    where: 'the data of event_log.records',
    impersonal: false,
    query: ({ records }) =>
      `select event_id::text as id, concat_ws(' ', ${freeText}) as text from ${records('.events')} records
       where ${WITH_FREE_TEXT} and ${maySecret(`concat_ws(' ', ${freeText})`)}`,
  },
  ...SERVICES.flatMap((schema): Source[] => [
    {
      where: `the headers of ${schema}.outbox`,
      impersonal: true,
      query: () =>
        `select event_id::text as id, headers::text as text from "${schema}".outbox where ${SUSPICIOUS_HEADERS}`,
    },
    ...['parked_events', 'event_retries', 'dead_letters'].map((table) => ({
      where: `the headers of ${schema}.${table}`,
      impersonal: true,
      query: () =>
        `select event_id::text as id, headers::text as text from "${schema}".${table} where ${SUSPICIOUS_HEADERS}`,
    })),
    ...['event_retries', 'dead_letters'].map((table) => ({
      where: `the code and message of ${schema}.${table}`,
      impersonal: true,
      query: () =>
        `select event_id::text as id, code || ' ' || message as text from "${schema}".${table}
         where ${suspicious("(code || ' ' || message)")}`,
    })),
    {
      where: `the envelope of ${schema}.dead_letters`,
      impersonal: false,
      query: () =>
        `select id::text, envelope::text as text from "${schema}".dead_letters where ${maySecret('envelope::text')}`,
    },
    {
      where: `the answers in ${schema}.idempotency_keys`,
      impersonal: false,
      query: ({ lately }) =>
        `select key as id, response::text as text from "${schema}".idempotency_keys
         where response is not null and ${lately('created_at')} and ${maySecret('response::text')}`,
    },
  ]),
  {
    where: 'notification.messages.last_error',
    impersonal: true,
    query: () =>
      `select id::text, last_error as text from notification.messages
       where state in ('pending', 'failed') and last_error is not null and ${suspicious('last_error')}`,
  },
  {
    where: 'title and body of notification.messages',
    impersonal: true,
    query: ({ changes, records }) =>
      changes
        ? `select messages.id::text, title || ' ' || body as text from ${records('notification.events')} records
           join notification.messages messages on messages.id = (records.envelope -> 'data' ->> 'messageId')::uuid
           where ${suspicious("(title || ' ' || body)")}`
        : `select id::text, title || ' ' || body as text from notification.messages where ${suspicious("(title || ' ' || body)")}`,
  },
  {
    where: 'trip.timeline_entries.data',
    impersonal: true,
    query: ({ among }) =>
      `select event_id::text as id, (data - 'reason')::text as text from trip.timeline_entries
       where ${among('trips', 'trip_id')} and (data - ${TIMELINE_MEMBERS} <> '{}' or ${suspicious("(data ->> 'code')")})`,
  },
  {
    where: 'code and reference of payment.payment_ops',
    impersonal: true,
    query: ({ among }) =>
      `select id::text, concat_ws(' ', code, reference, trace::text) as text from payment.payment_ops
       where ${among('payments', 'payment_id')} and ${suspicious("concat_ws(' ', code, reference, trace::text)")}`,
  },
  {
    where: 'token and brand of payment.payment_methods',
    impersonal: true,
    query: () =>
      `select id::text, concat_ws(' ', token, brand) as text from payment.payment_methods where ${suspicious("concat_ws(' ', token, brand)")}`,
  },
];

async function search(look: Look, { impersonal, query, where }: Source): Promise<readonly Violation[]> {
  const { rows } = await look.tx.query<{ id: string | null; text: string }>(query(look));
  return rows.flatMap(({ id, text }) => {
    const found = [...secretsIn(text), ...(impersonal ? personalIn(text) : [])];
    // the text itself is not repeated: this report is read by others
    return found.map((kind) => ({
      subject: `${where}, row ${id ?? 'unknown'}`,
      detail: `holds a ${kind}`,
      versions: '',
    }));
  });
}

/** In every store: no secrets, and nothing personal where it does not belong. */
export const nothingLeaks: Check = {
  name: 'nothing-leaks',
  rule: 35,
  title: 'no card number, token or password in what is stored, and nothing personal in headers, errors and messages',
  lookAt: 'the row that is named; the text itself is not shown here',
  scope: 'store',
  async run(look) {
    const violations: Violation[] = [];
    for (const source of SOURCES) violations.push(...(await search(look, source)));
    return { checked: SOURCES.length, violations } satisfies Finding;
  },
};
