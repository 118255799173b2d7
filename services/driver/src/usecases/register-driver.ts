import type { Operation } from '@rideshare/kernel';
import type { Vehicle } from '../domain/driver.ts';
import { driverExists } from '../domain/errors.ts';
import type { Accounts, DriverStore, DriverView, NumberTraces } from './ports.ts';

interface Deps {
  readonly drivers: Pick<DriverStore, 'exists' | 'register'>;
  readonly accounts: Accounts;
  readonly numbers: NumberTraces;
}

/**
 * Makes a person a driver.
 *
 * @remarks The role is granted first: a driver without it could not work until an event had made up for it, while a role
 * without a driver opens nothing. Both steps can be repeated.
 * @throws `DRIVER_EXISTS`.
 */
export async function registerDriver(
  { drivers, accounts, numbers }: Deps,
  operation: Operation<DriverView>,
  command: { readonly userId: string; readonly licenseNumber: string; readonly vehicle: Vehicle },
): Promise<DriverView> {
  if (await drivers.exists(command.userId)) throw driverExists();
  await accounts.grantDriverRole(command.userId, operation.id('grant-role'));
  return drivers.register(operation, {
    driverId: command.userId,
    license: numbers.trace(command.licenseNumber),
    vehicle: command.vehicle,
  });
}
