import { AppError, loopsOn } from '@rideshare/kernel';
import type { Clock, Ids, RandomStream, Scheduler } from '@rideshare/kernel';
import { derivedId } from '@rideshare/kernel/system';
import type { VirtualTime } from './virtual-time.ts';

/** When every simulated world begins. */
export const BEGINNING_MS = Date.parse('2026-03-02T06:00:00.000Z');

/** How the connections of a process to its stores behave. */
export interface StoreWeather {
  /** The chance that a step of a transaction takes a moment. */
  readonly slow: number;
  /** The longest such moment. */
  readonly slowMs: number;
  /** The chance that the answer to a commit is lost. */
  readonly lost: number;
  /** The chance that the store cannot be reached. */
  readonly unreachable: number;
  /** The chance that a write fails at the disk, and nothing is written. */
  readonly failing: number;
}

/** What is counted of faults. */
export type Count = (fault: string) => void;

/**
 * One process of a simulated world: its clock, its timers, its way to its stores. Killed, none of its timers fires and
 * nothing it waits for ever comes, so it stops wherever it was; what it had not committed is gone. Paused, all of that
 * comes later.
 */
export class SimProcess {
  readonly name: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly scheduler: Scheduler;
  readonly random: RandomStream;
  readonly #time: VirtualTime;
  readonly #count: Count;
  #clockOffsetMs = 0;
  #pausedUntilMs = 0;
  #alive = true;
  #stepsToLive = Number.POSITIVE_INFINITY;
  #weather: StoreWeather = { slow: 0.3, slowMs: 4, lost: 0, unreachable: 0, failing: 0 };

  constructor(options: {
    readonly name: string;
    readonly time: VirtualTime;
    readonly random: RandomStream;
    readonly count: Count;
  }) {
    const { name, time, random } = options;
    this.name = name;
    this.random = random;
    this.#time = time;
    this.#count = options.count;
    this.clock = { now: () => new Date(BEGINNING_MS + time.nowMs + this.#clockOffsetMs) };
    this.ids = {
      next: () => derivedId({ seed: `${name} ${String(random.next())}`, at: this.clock.now() }, 'id'),
    };
    const sleep = (delayMs: number, signal?: AbortSignal): Promise<void> => this.#sleep(delayMs, signal);
    this.scheduler = { sleep, every: loopsOn(sleep) };
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get isPaused(): boolean {
    return this.#pausedUntilMs > this.#time.nowMs;
  }

  /** It stops where it is. */
  kill(): void {
    this.#alive = false;
  }

  /** It stops at one of its next steps at a store: before a transaction, before its commit, or before it hears of it. */
  killSoon(steps: number): void {
    this.#stepsToLive = Math.min(this.#stepsToLive, steps);
  }

  pause(forMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#time.nowMs + forMs);
  }

  /** Ends a pause, and takes back a crash that has not come. */
  resume(): void {
    this.#pausedUntilMs = 0;
    this.#stepsToLive = Number.POSITIVE_INFINITY;
  }

  /** Its clock is wrong by this from now on. */
  setClockOffset(offsetMs: number): void {
    this.#clockOffsetMs = offsetMs;
  }

  setWeather(weather: StoreWeather): void {
    this.#weather = weather;
  }

  /** Resolves when this process may go on; never, once it is killed. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume(resolve);
    });
  }

  /** One step of a transaction at a store of this process. */
  async atStore(step: 'begin' | 'commit' | 'committed'): Promise<void> {
    const { slow, slowMs, lost, unreachable, failing } = this.#weather;
    this.#stepsToLive -= 1;
    if (this.#stepsToLive <= 0 && this.#alive) {
      this.kill();
      this.#count(`crash at ${step}`);
    }
    if (this.random.chance(slow)) await this.#sleep(Math.ceil(this.random.next() * slowMs));
    else await this.turn();
    if (step === 'begin' && this.random.chance(unreachable)) {
      this.#count('store not reached');
      throw new AppError('ENGINE_UNREACHABLE', 'unavailable', 'the store cannot be reached', { retryable: true });
    }
    if (step === 'commit' && this.random.chance(failing)) {
      this.#count('disk write failed');
      throw new AppError('ENGINE_UNREACHABLE', 'unavailable', 'the disk took nothing', { retryable: true });
    }
    if (step === 'committed' && this.random.chance(lost)) {
      this.#count('reply to a commit lost');
      throw new Error('the connection broke');
    }
  }

  #resume(go: () => void): void {
    if (!this.#alive) return;
    if (this.isPaused) {
      this.#time.after(this.#pausedUntilMs - this.#time.nowMs, () => {
        this.#resume(go);
      });
      return;
    }
    go();
  }

  #sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return this.turn();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', onAbort);
        this.#resume(resolve);
      };
      const cancel = this.#time.after(delayMs, wake);
      const onAbort = (): void => {
        cancel();
        wake();
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}
