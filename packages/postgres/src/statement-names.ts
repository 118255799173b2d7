/**
 * Names for prepared statements. A text that is run under a name is parsed once per connection, which is a third to a
 * half of what the server spends on a short statement.
 */

// each name takes some 20 kB of every connection; texts past this are generated ones, and run without
const NAMES_MAX = 500;

/** The names of one pool's statements. */
export interface StatementNames {
  /** The name to run `text` under, `wanted` if it has none yet; undefined when there are too many. */
  nameOf(text: string, wanted?: string): string | undefined;
  /** Gives `text` another name: what the connections have prepared under the present one is out of date. */
  renew(text: string): void;
}

/** Makes the names of a pool. */
export function createStatementNames(): StatementNames {
  const names = new Map<string, string>();
  let count = 0;
  const add = (text: string, stem: string): string => {
    count += 1;
    const name = `${stem}-${String(count)}`;
    names.set(text, name);
    return name;
  };
  return {
    nameOf: (text, wanted = 'statement') => names.get(text) ?? (names.size < NAMES_MAX ? add(text, wanted) : undefined),
    renew: (text) => {
      if (names.has(text)) add(text, 'statement');
    },
  };
}
