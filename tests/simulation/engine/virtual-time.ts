/** A moment to come. */
interface Appointment {
  readonly dueMs: number;
  /** Appointments of one moment are kept in the order in which they were made. */
  readonly number: number;
  readonly fire: () => void;
}

/**
 * Time that passes only from one appointment to the next. Everything that happens in a simulated world happens in one
 * of them, one after the other, so that a run depends on nothing but its seed.
 */
export interface VirtualTime {
  /** Milliseconds since the world began. */
  readonly nowMs: number;
  /** How many appointments have been kept. */
  readonly kept: number;
  /** Calls `fire` in `delayMs`; the returned function cancels it. */
  after(delayMs: number, fire: () => void): () => void;
  /** Keeps every appointment up to `untilMs`, as long as `goesOn` says so; then it is `untilMs`. */
  run(untilMs: number, goesOn?: () => boolean): Promise<void>;
}

const before = (a: Appointment, b: Appointment): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.number < b.number);

/** Resolves when everything that waits for nothing but its turn has had it. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Time that has not begun. */
export function createVirtualTime(): VirtualTime {
  const heap: Appointment[] = [];
  const cancelled = new Set<number>();
  let nowMs = 0;
  let made = 0;
  let kept = 0;

  const push = (appointment: Appointment): void => {
    let index = heap.push(appointment) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(appointment, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = appointment;
  };
  const pop = (): Appointment | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const child = left + 1 < heap.length && before(heap[left + 1]!, heap[left]!) ? left + 1 : left;
      if (!before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  };

  return {
    get nowMs() {
      return nowMs;
    },
    get kept() {
      return kept;
    },
    after(delayMs, fire) {
      const number = (made += 1);
      push({ dueMs: nowMs + Math.max(0, delayMs), number, fire });
      return () => {
        cancelled.add(number);
      };
    },
    async run(untilMs, goesOn = () => true) {
      await settled();
      while (goesOn()) {
        const next = heap[0];
        if (next === undefined || next.dueMs > untilMs) break;
        pop();
        if (cancelled.delete(next.number)) continue;
        nowMs = next.dueMs;
        kept += 1;
        next.fire();
        await settled();
      }
      if (goesOn()) nowMs = Math.max(nowMs, untilMs);
    },
  };
}
