/** What the platform promises, by number: as `docs/architecture/invariants.md` lists it. */

/** One promise. */
export interface Invariant {
  readonly rule: number;
  /** In a sentence. */
  readonly text: string;
  /** Why no check looks for it; without it, one does. */
  readonly absent?: string;
  /** What of it no look at stores, log and journals can tell. */
  readonly beyond?: string;
}

/** Every invariant, in order. */
export const invariants: readonly Invariant[] = [
  { rule: 1, text: 'A driver is on one active trip at most.' },
  { rule: 2, text: 'A rider is on one open trip at most.' },
  {
    rule: 3,
    text: 'A trip has one driver at most, and the epoch of a slot rises by one with every change of it.',
    beyond: 'that a command on an old epoch is refused shows in its effects only',
  },
  { rule: 4, text: 'Only legal steps; ends are final; every row is what its events add up to.' },
  {
    rule: 5,
    text: 'Every request is assigned, cancelled or expired within its bounds.',
    beyond: 'the bound counts from the end of faults, which a look cannot know: what is late now may be excused',
  },
  { rule: 6, text: 'An offer is accepted once at most, and never after it expired.' },
  { rule: 7, text: 'Who is offline, suspended or without valid papers is offered nothing.' },
  { rule: 8, text: 'A cancelled trip costs its fee at most, and nothing in the time of grace.' },
  { rule: 9, text: 'A fare recomputes bit for bit from what is stored; a receipt adds named lines only.' },
  { rule: 10, text: 'The surge that is charged is the surge that was accepted.' },
  {
    rule: 11,
    text: 'An older position never replaces a newer one.',
    beyond: 'positions stay in the log for an hour; older ones are not compared',
  },
  { rule: 12, text: 'Every journal of the ledger sums to zero in each currency.' },
  { rule: 13, text: 'All accounts together hold nothing, and payments and ledger tell of the same money.' },
  { rule: 14, text: 'Entries of the ledger are never changed and never removed.' },
  { rule: 15, text: 'No more is captured than was authorized.' },
  {
    rule: 16,
    text: 'No more goes back than was captured.',
    beyond: 'there are no disputes yet',
  },
  { rule: 17, text: 'The money of a trip is taken once, and the gateway tells of the same money.' },
  {
    rule: 18,
    text: 'What a rider pays is the parts of driver and platform, in whole minor units, the remainder always in the same place.',
  },
  { rule: 19, text: 'A payout is made of money that is available, once.', absent: 'there are no payouts yet' },
  {
    rule: 20,
    text: 'Every line of a settlement is one entry of the ledger, or an exception that somebody looks at.',
    absent: 'no gateway settles yet: the sandbox sends no reports',
  },
  { rule: 21, text: 'A payment in doubt is resolved within 15 minutes, or somebody hears of it.' },
  {
    rule: 22,
    text: 'What a gateway tells is believed if it is signed, has its effect once, and comes to the same in any order.',
    beyond: 'signatures are not kept; the tests of the payment service forge them',
  },
  { rule: 23, text: 'A hold is captured or let go before it lapses, and none outlives its trip.' },
  { rule: 24, text: 'A change that was committed has its event, and an event has its change.' },
  { rule: 25, text: 'The events of one stream are in order, without gaps.' },
  { rule: 26, text: 'An event that comes again changes nothing.' },
  { rule: 27, text: 'Whatever was consumed was applied, skipped, parked or given up, and nothing blocks a partition.' },
  {
    rule: 28,
    text: 'Records of versions before and after this one can be read.',
    beyond: 'what the next version will write is checked where schemas are compared, in packages/contracts',
  },
  { rule: 29, text: 'The same key with the same payload: the same answer, one effect.' },
  { rule: 30, text: 'The same key with another payload: refused, without effect.' },
  {
    rule: 31,
    text: 'What was acknowledged survives the death of any process.',
    beyond: 'only clients know what they were told: it takes their journal',
  },
  {
    rule: 32,
    text: 'Whoever wrote sees what they wrote.',
    beyond: 'only clients know what they saw: it takes their journal',
  },
  {
    rule: 33,
    text: 'Nobody touches what is another’s.',
    beyond: 'that each route refuses each stranger is tested from the route inventory',
  },
  {
    rule: 34,
    text: 'Who is signed out, suspended or closed is stopped.',
    beyond: 'access tokens are not looked up: they live out their 15 minutes',
  },
  {
    rule: 35,
    text: 'No card number, secret or personal data where it does not belong.',
    beyond: 'logs, spans and labels are not in a store: the canary tests search them',
  },
  {
    rule: 36,
    text: 'A record of what operators did cannot be changed unnoticed.',
    beyond: 'there is no chain of digests yet: that the database refuses it is all that is checked',
  },
  {
    rule: 37,
    text: 'Who was erased cannot be read any more, not after a restore either.',
    absent: 'there is no erasure yet: a closed account keeps its row',
  },
  {
    rule: 38,
    text: 'Deploys and restarts lose no request and no message.',
    beyond: 'only clients know what they asked for: requests take their journal',
  },
  {
    rule: 39,
    text: 'Trips in progress keep their pace at three times the load.',
    absent: 'a pace is measured under load, it is not in a store',
  },
  {
    rule: 40,
    text: 'After a restore all of these hold.',
    absent: 'there is no restore yet; after one, an audit of everything is the check',
  },
];
