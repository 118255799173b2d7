import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A bug to be planted: one guard taken away. */
export interface PlantedBug {
  /** What no longer holds, in a few words. */
  readonly name: string;
  /** Numbers of docs/architecture/invariants.md that it breaks; none where the guard keeps a promise without a number. */
  readonly invariants: readonly number[];
  readonly file: string;
  /** Occurs once in the file. */
  readonly find: string;
  readonly replace: string;
  /** What is to catch it, the quickest first. */
  readonly catchers: readonly Catcher[];
}

/** One file of tests, or of them those whose names hold `named`. */
export interface TestCatcher {
  readonly tests: string;
  readonly named?: string;
}

/** So many seeds of the simulation. */
export interface SeedCatcher {
  readonly seeds: number;
}

/** What may notice a bug. */
export type Catcher = TestCatcher | SeedCatcher;

/** The catcher in a few words; two with the same words are one. */
export function describeCatcher(catcher: Catcher): string {
  if ('seeds' in catcher) return `${String(catcher.seeds)} seeds of the simulation`;
  return catcher.named === undefined ? catcher.tests : `${catcher.tests} (${catcher.named})`;
}

/** How often the text that a bug takes away is in its file; once, unless the code has moved on. */
export function occurrencesOf(root: string, { file, find }: Pick<PlantedBug, 'file' | 'find'>): number {
  return readFileSync(path.join(root, file), 'utf8').split(find).length - 1;
}

/**
 * Changes one file of the copy in `root`; the returned function puts it back.
 *
 * @throws When the text is not there exactly once: the code has moved on, and the bug has to be planted anew.
 */
export function plant(root: string, bug: PlantedBug): () => void {
  const times = occurrencesOf(root, bug);
  if (times !== 1) {
    throw new Error(`"${bug.name}": its text is ${String(times)} times in ${bug.file}, and has to be there once`);
  }
  const target = path.join(root, bug.file);
  const text = readFileSync(target, 'utf8');
  writeFileSync(
    target,
    text.replace(bug.find, () => bug.replace),
  );
  return () => {
    writeFileSync(target, text);
  };
}
