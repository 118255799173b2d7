/** The dead letters of the running platform: `yarn dlq list|show|diff|redrive`. */
import { runCli } from './cli.ts';
import { dlqProgram } from './dlq/program.ts';

const program = dlqProgram({ env: process.env, print: (line) => process.stdout.write(`${line}\n`) });
await runCli(program);
