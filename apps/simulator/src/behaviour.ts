/** How people behave, as probabilities. */
export interface Behaviour {
  /** Of offers, by drivers. */
  readonly declines: number;
  readonly ignores: number;
  /** Of legs, without any position. */
  readonly losesGps: number;
  /** Of ride wishes, by riders. */
  readonly cancelsBeforeMatch: number;
  readonly cancelsAfterMatch: number;
  readonly doesNotShow: number;
  /** Of requests, sent twice at once under one key. */
  readonly sendsTwice: number;
  readonly rates: number;
  /** Of riders, with a card; and of cards, those that fail in some way. */
  readonly paysByCard: number;
  readonly cardFails: number;
}

/** People as they are. */
export const REAL: Behaviour = {
  declines: 0.06,
  ignores: 0.02,
  losesGps: 0.05,
  cancelsBeforeMatch: 0.03,
  cancelsAfterMatch: 0.03,
  doesNotShow: 0.02,
  sendsTwice: 0.05,
  rates: 0.4,
  paysByCard: 0.6,
  cardFails: 0.1,
};

/** People as a benchmark wants them: every ride is taken and finished. */
export const CALM: Behaviour = {
  ...REAL,
  declines: 0,
  ignores: 0,
  losesGps: 0,
  cancelsBeforeMatch: 0,
  cancelsAfterMatch: 0,
  doesNotShow: 0,
  sendsTwice: 0,
  cardFails: 0,
};
