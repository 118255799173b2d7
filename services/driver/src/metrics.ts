import type { Logger, Metrics } from '@rideshare/observability';
import type { Signals } from './usecases/ports.ts';

/** Counts and logs what happens here. Labels are closed lists; ids go to the log alone. */
export function createSignals(metrics: Metrics, logger: Logger): Signals {
  const slots = metrics.counter('driver_slot_changes_total', 'Changes of driver slots by reason', ['reason']);
  const verdicts = metrics.counter('driver_reservations_total', 'Offers asked for, by what became of them', [
    'outcome',
  ]);
  const reviews = metrics.counter('driver_documents_reviewed_total', 'Documents approved, rejected and expired', [
    'outcome',
  ]);
  const points = metrics.counter('driver_location_points_total', 'Reported positions: news or noise', ['outcome']);
  const sweeps = metrics.counter('driver_assignments_swept_total', 'Assignments a sweep asked about, by answer', [
    'outcome',
  ]);
  return {
    slotChanged: (reason) => slots.inc({ reason }),
    reservationsJudged(judged) {
      for (const verdict of judged) {
        verdicts.inc({ outcome: verdict.outcome === 'reserved' ? 'reserved' : verdict.reason });
      }
    },
    documentReviewed: (outcome) => reviews.inc({ outcome }),
    pointsReported({ accepted, ignored }) {
      points.inc({ outcome: 'accepted' }, accepted);
      points.inc({ outcome: 'ignored' }, ignored);
    },
    assignmentSwept(outcome) {
      sweeps.inc({ outcome });
      if (outcome === 'released' || outcome === 'cleared') {
        logger.warn('a sweep freed a slot that nobody else had freed', { outcome });
      }
    },
    failed: (step, error) => logger.error('a step failed and will be tried again', { step, error }),
  };
}

/** The number of drivers at work, counted in the database so that every instance says the same. */
export function observeActiveDrivers(metrics: Metrics, count: () => Promise<number>): void {
  metrics.gauge('active_drivers_total', 'Drivers who are available, offered a trip or on one', [], count);
}
