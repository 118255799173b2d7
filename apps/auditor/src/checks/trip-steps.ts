import type { HistoryEvent, TripFile } from '../trip-rows.ts';

/** Where each event may happen and where it leads; written down here again on purpose, not shared with the service. */
const STEPS: Readonly<Partial<Record<string, { readonly from: readonly string[]; readonly to: string }>>> = {
  requested: { from: ['none'], to: 'requested' },
  accepted: { from: ['requested'], to: 'accepted' },
  arrived: { from: ['accepted'], to: 'arrived' },
  started: { from: ['arrived'], to: 'in_progress' },
  completed: { from: ['in_progress'], to: 'completed' },
  cancelled: { from: ['requested', 'accepted', 'arrived', 'in_progress'], to: 'cancelled' },
  expired: { from: ['requested'], to: 'expired' },
  rated: { from: ['completed'], to: 'completed' },
};

/** Where a trip stands after its events, as far as they are events of trips. */
export function statusAfter(events: readonly Pick<HistoryEvent, 'type'>[]): string {
  return events.reduce((status, { type }) => STEPS[type]?.to ?? status, 'none');
}

function actorProblems({ data }: HistoryEvent, status: string): string[] {
  const by = typeof data['by'] === 'string' ? data['by'] : 'unknown';
  if (status === 'in_progress' && by !== 'admin') return [`only an operator cancels a ride, not the ${by}`];
  return status === 'requested' && by === 'driver' ? ['a driver cancels only a trip that they have'] : [];
}

/** Steps that are not allowed, and versions that are missing. */
export function stepProblems({ events }: Pick<TripFile, 'events'>): string[] {
  const problems: string[] = [];
  let status = 'none';
  const rated = new Set<unknown>();
  events.forEach((event, index) => {
    const { data, type, version } = event;
    if (version !== index + 1) problems.push(`version ${String(index + 1)} is missing`);
    const step = STEPS[type];
    if (!step?.from.includes(status))
      problems.push(`${type} at version ${String(version)} is not allowed from ${status}`);
    if (type === 'cancelled') problems.push(...actorProblems(event, status));
    if (type === 'rated' && rated.size === rated.add(data['by']).size) problems.push('one side has rated twice');
    status = step?.to ?? status;
  });
  return problems;
}

/** More drivers than one, or one driver more than once. */
export function assigneeProblems({ events }: Pick<TripFile, 'events'>): string[] {
  const accepted = events.filter(({ type }) => type === 'accepted');
  if (accepted.length < 2) return [];
  const drivers = accepted.map(({ data }) => String(data['driverId']));
  return [`was accepted ${String(accepted.length)} times, by ${drivers.join(', ')}`];
}
