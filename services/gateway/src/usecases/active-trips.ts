/** Who rides with whom, while they do: whom a driver's position may be shown to. */
export interface ActiveTrips {
  begin(tripId: string, riderId: string, driverId: string): void;
  end(tripId: string): void;
  /** The rider of a trip that `driverId` is on its way with. */
  riderOf(tripId: string, driverId: string): string | undefined;
  readonly count: number;
}

/** An {@link ActiveTrips} in memory, rebuilt from the log at every start. */
export function createActiveTrips(): ActiveTrips {
  const trips = new Map<string, { readonly riderId: string; readonly driverId: string }>();
  return {
    begin(tripId, riderId, driverId) {
      trips.set(tripId, { riderId, driverId });
    },
    end(tripId) {
      trips.delete(tripId);
    },
    riderOf(tripId, driverId) {
      const trip = trips.get(tripId);
      return trip?.driverId === driverId ? trip.riderId : undefined;
    },
    get count() {
      return trips.size;
    },
  };
}
