export const DAY_MS = 86_400_000;
/** A week to look into a price that somebody disputes; a trip carries its own copy. */
export const QUOTES_KEPT_DAYS = 7;
/** As long as anybody asks why a ride went to whom. */
export const RECORDS_KEPT_DAYS = 30;
