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

/** The code that a program ends with after `error`. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  // help and version end a program, too
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  return isAppError(error) && error.kind === 'unavailable' ? EXIT_UNAVAILABLE : EXIT_FAILED;
}

/**
 * Runs a command line to its end and returns the exit code: 64 for a mistake in the arguments, 69 where the platform or
 * its engine is not there, 1 for any other failure. One line says why.
 */
export async function runProgram(
  program: Command,
  args: readonly string[],
  complain: (text: string) => void,
): Promise<number> {
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput({ writeErr: complain });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) complain(`${program.name()}: ${toError(error).message}\n`);
    return exitCodeOf(error);
  }
}

/** Runs the command line of this process, and sets its exit code as {@link runProgram} says. */
export async function runCli(program: Command): Promise<void> {
  const exitCode = await runProgram(program, process.argv.slice(2), (text) => process.stderr.write(text));
  if (exitCode !== 0) process.exitCode = exitCode;
}
