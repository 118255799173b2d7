import { findByQueries } from '../check.ts';
import type { Check } from '../check.ts';
import { SERVICES } from '../services.ts';

/** Routes that make something, and where it is then: the kept answer names it in `id`. */
const MAKES: readonly {
  readonly schema: string;
  readonly route: string;
  readonly table: string;
  readonly id: string;
}[] = [
  { schema: 'user', route: 'registerUser', table: '"user".accounts', id: 'id' },
  { schema: 'driver', route: 'registerDriver', table: 'driver.drivers', id: 'driver_id' },
  { schema: 'trip', route: 'requestTrip', table: 'trip.trips', id: 'id' },
  { schema: 'trip', route: 'changeTripStatus', table: 'trip.trips', id: 'id' },
  { schema: 'payment', route: 'addPaymentMethod', table: 'payment.payment_methods', id: 'id' },
  { schema: 'payment', route: 'createPayment', table: 'payment.payments', id: 'id' },
  { schema: 'payment', route: 'refundPayment', table: 'payment.refunds', id: 'id' },
];
/** Of these, the ones whose id is made from the time at which the key was first used. */
const FIXED: ReadonlySet<string> = new Set(['registerUser', 'requestTrip', 'addPaymentMethod', 'refundPayment']);

const madeAt = (id: string) => `('x' || left(replace(${id}, '-', ''), 12))::bit(48)::bigint`;

/** Within each service: what a kept answer tells of is there, and was made by that request. */
export const answersHaveTheirEffect: Check = {
  name: 'answers-have-their-effect',
  rule: 29,
  title: 'what a kept answer names is there, was made under its own key, and by nobody else’s',
  lookAt: 'idempotency_keys of the service by principal, route and key; the row that the answer’s body.id names',
  scope: 'store',
  run: (look) =>
    findByQueries(
      look,
      MAKES.map(({ id, route, schema, table }) => {
        const answers = `
          (select kept.*, response -> 'body' ->> 'id' as made_id from "${schema}".idempotency_keys kept
           where route = '${route}' and status = 'done' and (response ->> 'status')::int between 200 and 299 and ${look.lately('kept.created_at')}) answers`;
        return {
          count: `select count(*) as count from ${answers}`,
          violations: `
            select 'key ' || answers.key as subject,
              'of ${route} by ' || answers.principal || ' was answered with ' || coalesce(made_id, 'nothing') || ', which is not there' as detail,
              answers.payload_hash as versions
            from ${answers} left join ${table} made on made.${id} = made_id::uuid where made.${id} is null
            ${
              FIXED.has(route)
                ? `union all
            select 'key ' || answers.key,
              'of ${route} by ' || answers.principal || ' was answered with ' || made_id || ', which another request made', answers.payload_hash
            from ${answers} where ${madeAt('made_id')} <> floor(extract(epoch from answers.at) * 1000)`
                : ''
            }`,
        };
      }),
    ),
};

/** Within each service: a key belongs to one payload. */
export const oneKeyOnePayload: Check = {
  name: 'one-key-one-payload',
  rule: 30,
  title: 'a key is kept with one payload and one answer',
  lookAt: 'idempotency_keys of the service by principal, route and key',
  scope: 'store',
  run: (look) =>
    findByQueries(
      look,
      SERVICES.map((schema) => ({
        count: `select count(*) as count from "${schema}".idempotency_keys kept where ${look.lately('kept.created_at')}`,
        violations: `
          select 'key ' || kept.key as subject,
            'of ' || kept.route || ' by ' || kept.principal || ' is kept in ${schema} with ' || count(distinct other.payload_hash) || ' payloads' as detail,
            count(*)::text as versions
          from "${schema}".idempotency_keys kept
          join "${schema}".idempotency_keys other using (principal, route, key)
          where ${look.lately('kept.created_at')} group by kept.principal, kept.route, kept.key having count(distinct other.payload_hash) > 1`,
      })),
    ),
};
