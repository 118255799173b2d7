import { randomStream } from '@rideshare/kernel';
import { createMemoryServer } from '@rideshare/memory';
import type { MemoryServer } from '@rideshare/memory';
import { createMemoryLog } from '@rideshare/messaging';
import { SimNetwork } from '../engine/network.ts';
import { BEGINNING_MS, SimProcess } from '../engine/sim-process.ts';
import type { Count, StoreWeather } from '../engine/sim-process.ts';
import { createVirtualTime } from '../engine/virtual-time.ts';
import type { VirtualTime } from '../engine/virtual-time.ts';
import { PROCESSES } from '../faults.ts';
import type { Fault, SimService } from '../faults.ts';
import { createCouriers, startAccounts, startNode } from './nodes.ts';

/** A world: its time, its services, its network. */
export interface World {
  readonly time: VirtualTime;
  readonly network: SimNetwork;
  readonly faults: ReadonlyMap<string, number>;
  /** The server of a service's stores; with an embedded log, it is everybody's. */
  readonly serverOf: (owner: SimService | 'log' | 'user') => MemoryServer;
  /** The card gateway's own server. */
  readonly gateway: MemoryServer;
  /** How many partitions each topic has. */
  readonly partitions: number;
  /** A process that nothing is done to: somebody's telephone, say. */
  process(name: string): SimProcess;
  /** Opens an account. */
  register(userId: string, roles: readonly ('rider' | 'driver' | 'admin')[]): Promise<void>;
  /** Starts every process of every service. */
  open(): Promise<void>;
  inflict(fault: Fault): void;
  /** Nothing goes wrong from now on, and whoever is down comes back. */
  calm(): void;
}

const CALM_STORE: StoreWeather = { slow: 0.3, slowMs: 4, lost: 0, unreachable: 0, failing: 0 };
const WATCH_MS = 500;
const PARTITIONS = 4;

interface Place {
  readonly service: SimService;
  readonly index: number;
  process: SimProcess;
  starts: number;
  upAtMs: number;
  downMs: number;
}

/**
 * A world that is the same for the same seed.
 *
 * @param options.embedded whether the log lives beside the stores, so that effects and offsets share transactions, or
 * is a broker apart.
 */
export function createWorld(options: { readonly seed: number; readonly embedded: boolean }): World {
  const { seed, embedded } = options;
  const time = createVirtualTime();
  const faults = new Map<string, number>();
  const count: Count = (fault) => {
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
  };
  const network = new SimNetwork(time, randomStream(seed, 'network'), count);
  const clock = { now: () => new Date(BEGINNING_MS + time.nowMs) };
  const shared = createMemoryServer({ clock });
  const servers = new Map<string, MemoryServer>();
  const serverOf = (owner: string): MemoryServer => {
    if (embedded) return shared;
    const server = servers.get(owner) ?? createMemoryServer({ clock });
    servers.set(owner, server);
    return server;
  };
  const gateway = createMemoryServer({ clock });
  const processOf = (name: string): SimProcess =>
    new SimProcess({ name, time, random: randomStream(seed, name), count });

  const couriers = createCouriers();
  const groundOf = (service: SimService | 'user', process: SimProcess) => {
    const interfere = (step: 'begin' | 'commit' | 'committed') => process.atStore(step);
    const database = serverOf(service).connect(interfere, service);
    const log = createMemoryLog({
      database: embedded ? database : serverOf('log').connect(interfere, 'log'),
      partitions: PARTITIONS,
    });
    return { process, database, log, network, couriers, gateway: gateway.connect(interfere, 'gateway') };
  };
  const accounts = startAccounts(groundOf('user', processOf('user')));

  const places: Place[] = [];
  const start = async (place: Place): Promise<void> => {
    const { service, index } = place;
    place.starts += 1;
    const process = processOf(`${service}-${String(index)}.${String(place.starts)}`);
    place.process = process;
    await startNode(service, groundOf(service, process));
  };
  const watch = (): void => {
    for (const place of places) {
      if (place.process.isAlive) continue;
      if (place.upAtMs === 0) place.upAtMs = time.nowMs + place.downMs;
      if (place.upAtMs > time.nowMs) continue;
      place.upAtMs = 0;
      void start(place);
    }
    time.after(WATCH_MS, watch);
  };
  const placeOf = (service: SimService, index: number): Place => {
    const place = places.find((each) => each.service === service && each.index === index);
    if (!place) throw new Error(`there is no ${service}-${String(index)}`);
    return place;
  };
  const forAWhile = (
    place: Place,
    forMs: number,
    begin: (process: SimProcess) => void,
    end: (process: SimProcess) => void,
  ) => {
    const { process } = place;
    begin(process);
    time.after(forMs, () => {
      end(process);
    });
  };

  return {
    time,
    network,
    faults,
    serverOf,
    gateway,
    partitions: PARTITIONS,
    process: processOf,
    register: async (userId, roles) => (await accounts)(userId, roles),
    async open() {
      for (const [service, processes] of Object.entries(PROCESSES)) {
        for (let index = 0; index < processes; index += 1) {
          const process = processOf('none');
          const place = { service: service as SimService, index, process, starts: 0, upAtMs: 0, downMs: 0 };
          places.push(place);
          void start(place);
        }
      }
      watch();
      await time.run(2_000);
    },
    inflict(fault) {
      count(fault.kind);
      switch (fault.kind) {
        case 'kill': {
          const place = placeOf(fault.service, fault.index);
          place.downMs = fault.downMs;
          place.process.kill();
          return;
        }
        case 'crash_in_transaction': {
          const place = placeOf(fault.service, fault.index);
          place.downMs = fault.downMs;
          place.process.killSoon(fault.steps);
          return;
        }
        case 'pause':
          placeOf(fault.service, fault.index).process.pause(fault.forMs);
          return;
        case 'clock_jump':
          forAWhile(
            placeOf(fault.service, fault.index),
            fault.forMs,
            (process) => {
              process.setClockOffset(fault.offsetMs);
            },
            (process) => {
              process.setClockOffset(0);
            },
          );
          return;
        case 'partition':
          network.cut(fault.from, fault.to);
          time.after(fault.forMs, () => {
            network.heal(fault.from, fault.to);
          });
          return;
        case 'lossy_network':
          network.setWeather({ latencyMs: 20, late: 0.01, dropped: fault.dropped, doubled: fault.doubled });
          time.after(fault.forMs, () => {
            network.setWeather();
          });
          return;
        case 'slow_network':
          network.setWeather({ latencyMs: fault.latencyMs, late: fault.late, dropped: 0, doubled: 0 });
          time.after(fault.forMs, () => {
            network.setWeather();
          });
          return;
        case 'slow_store':
        case 'lost_replies':
        case 'failing_disk': {
          const weather = {
            ...CALM_STORE,
            ...(fault.kind === 'slow_store' ? { slow: 0.5, slowMs: fault.slowMs } : {}),
            ...(fault.kind === 'lost_replies' ? { lost: fault.lost, unreachable: fault.lost / 3 } : {}),
            ...(fault.kind === 'failing_disk' ? { failing: fault.failing } : {}),
          };
          forAWhile(
            placeOf(fault.service, fault.index),
            fault.forMs,
            (process) => {
              process.setWeather(weather);
            },
            (process) => {
              process.setWeather(CALM_STORE);
            },
          );
        }
      }
    },
    calm() {
      network.heal();
      network.setWeather();
      for (const place of places) {
        place.downMs = 0;
        place.upAtMs = Math.min(place.upAtMs, time.nowMs);
        place.process.resume();
        place.process.setClockOffset(0);
        place.process.setWeather(CALM_STORE);
      }
    },
  };
}
