import type { preferencesSchema } from '@rideshare/contracts';
import type { Preferences } from '../domain/account.ts';

/** Preferences as their owner sees them. */
export function preferencesView(preferences: Preferences): ReturnType<(typeof preferencesSchema)['parse']> {
  return { ...preferences, accessibility: [...preferences.accessibility] };
}
