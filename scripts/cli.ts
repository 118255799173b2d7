import { isAppError, toError } from '@rideshare/kernel';
import { CommanderError } from 'commander';
import type { Command } from 'commander';

const EXIT_FAILED = 1;
const EXIT_USAGE = 64;
const EXIT_UNAVAILABLE = 69;

/** A failure whose message is for the person at the terminal, and the exit code that goes with it. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT_FAILED) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A mistake in the arguments. */
export function usageError(message: string): CliError {
  return new CliError(message, EXIT_USAGE);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  // help and version end a program, too
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  return isAppError(error) && error.kind === 'unavailable' ? EXIT_UNAVAILABLE : EXIT_FAILED;
}

/**
 * Runs a command line to its end and sets the exit code: 64 for a mistake in the arguments, 69 where the platform or its
 * engine is not there, 1 for any other failure. One line says why.
 */
export async function runCli(program: Command, argv: readonly string[] = process.argv): Promise<void> {
  try {
    for (const command of [program, ...program.commands]) command.exitOverride();
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    if (!(error instanceof CommanderError)) process.stderr.write(`${program.name()}: ${toError(error).message}\n`);
  }
}
