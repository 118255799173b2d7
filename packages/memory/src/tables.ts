/** The name of a kind of row; made by {@link defineTable}. Tables are told apart by identity, not by name. */
export interface MemoryTable<Row extends object> {
  readonly name: string;
  /** Whether all schemas of a server see the same rows. */
  readonly shared: boolean;
  /** Never set: it ties the rows' type to the table. */
  readonly row?: Row;
}

/**
 * A table to be kept in any number of databases. Rows are replaced, never changed in place.
 *
 * @remarks Each schema of a server has rows of its own, unless the table is `shared`.
 */
export function defineTable<Row extends object>(
  name: string,
  { shared = false }: { readonly shared?: boolean } = {},
): MemoryTable<Row> {
  return { name, shared };
}

/** Reads rows: what is committed, with what the transaction at hand has written over it. */
export interface TableReader {
  get<Row extends object>(table: MemoryTable<Row>, key: string): Row | undefined;
  /** Every row, in the order in which their keys first came. */
  all<Row extends object>(table: MemoryTable<Row>): Row[];
  /** The same with their keys, one after the other: for whoever needs only the first ones. */
  entries<Row extends object>(table: MemoryTable<Row>): Iterable<readonly [key: string, row: Row]>;
}

/** Writes rows. */
export interface TableWriter extends TableReader {
  put<Row extends object>(table: MemoryTable<Row>, key: string, row: Row): void;
  /** Whether there was such a row. */
  remove(table: MemoryTable<object>, key: string): boolean;
}

interface Cell {
  readonly row: object;
  /** The commit that wrote it. */
  readonly commit: number;
}

interface Shelf {
  readonly cells: Map<string, Cell>;
  /** The last commit that changed anything here. */
  commit: number;
}

/** The committed rows of one database. */
export class Shelves {
  readonly #schemas = new Map<string, Map<MemoryTable<object>, Shelf>>();
  #commits = 0;

  shelf(schema: string, table: MemoryTable<object>): Shelf {
    const name = table.shared ? '' : `schema ${schema}`;
    let shelves = this.#schemas.get(name);
    if (!shelves) this.#schemas.set(name, (shelves = new Map<MemoryTable<object>, Shelf>()));
    let shelf = shelves.get(table);
    if (!shelf) shelves.set(table, (shelf = { cells: new Map<string, Cell>(), commit: 0 }));
    return shelf;
  }

  /** Takes over what a draft has written; false, and nothing is, when what it has read has changed since. */
  apply(draft: Draft): boolean {
    if (!draft.isCurrent()) return false;
    this.#commits += 1;
    for (const [table, rows] of draft.written()) {
      const shelf = draft.shelf(table);
      if (rows.size > 0) shelf.commit = this.#commits;
      for (const [key, row] of rows) {
        if (row) shelf.cells.set(key, { row, commit: this.#commits });
        else shelf.cells.delete(key);
      }
    }
    return true;
  }
}

/** What is committed, at the moment of each look; notes nothing, so it is quick. */
export class Committed implements TableReader {
  readonly #shelves: Shelves;
  readonly #schema: string;

  constructor(shelves: Shelves, schema: string) {
    this.#shelves = shelves;
    this.#schema = schema;
  }

  get<Row extends object>(table: MemoryTable<Row>, key: string): Row | undefined {
    return this.#shelves.shelf(this.#schema, table).cells.get(key)?.row as Row | undefined;
  }

  all<Row extends object>(table: MemoryTable<Row>): Row[] {
    return Array.from(this.#shelves.shelf(this.#schema, table).cells.values(), ({ row }) => row as Row);
  }

  *entries<Row extends object>(table: MemoryTable<Row>): Iterable<readonly [key: string, row: Row]> {
    for (const [key, { row }] of this.#shelves.shelf(this.#schema, table).cells) yield [key, row as Row];
  }
}

const GONE = undefined;
type Written = Map<MemoryTable<object>, Map<string, object | typeof GONE>>;

/** One transaction's view: its own writes over the committed rows, and a note of everything it has looked at. */
export class Draft implements TableWriter {
  readonly #shelves: Shelves;
  readonly #schema: string;
  readonly #readCells = new Map<MemoryTable<object>, Map<string, number>>();
  readonly #readShelves = new Map<MemoryTable<object>, number>();
  #written: Written = new Map();

  constructor(shelves: Shelves, schema: string) {
    this.#shelves = shelves;
    this.#schema = schema;
  }

  /** The committed rows of a table, as this draft's schema has them. */
  shelf(table: MemoryTable<object>): Shelf {
    return this.#shelves.shelf(this.#schema, table);
  }

  get<Row extends object>(table: MemoryTable<Row>, key: string): Row | undefined {
    const own = this.#written.get(table);
    if (own?.has(key)) return own.get(key) as Row | undefined;
    const cell = this.shelf(table).cells.get(key);
    const seen = this.#readCells.get(table) ?? new Map<string, number>();
    this.#readCells.set(table, seen);
    if (!seen.has(key)) seen.set(key, cell?.commit ?? 0);
    return cell?.row as Row | undefined;
  }

  all<Row extends object>(table: MemoryTable<Row>): Row[] {
    return Array.from(this.entries(table), ([, row]) => row);
  }

  *entries<Row extends object>(table: MemoryTable<Row>): Iterable<readonly [key: string, row: Row]> {
    const { cells, commit } = this.shelf(table);
    if (!this.#readShelves.has(table)) this.#readShelves.set(table, commit);
    const own = this.#written.get(table) ?? new Map<string, object | typeof GONE>();
    for (const [key, cell] of cells) {
      const row = own.has(key) ? own.get(key) : cell.row;
      if (row !== GONE) yield [key, row as Row];
    }
    for (const [key, row] of own) if (row !== GONE && !cells.has(key)) yield [key, row as Row];
  }

  put<Row extends object>(table: MemoryTable<Row>, key: string, row: Row): void {
    this.#own(table).set(key, row);
  }

  remove(table: MemoryTable<object>, key: string): boolean {
    if (!this.get(table, key)) return false;
    this.#own(table).set(key, GONE);
    return true;
  }

  /** Returns how to undo what is written from now on. */
  mark(): () => void {
    const before: Written = new Map([...this.#written].map(([table, rows]) => [table, new Map(rows)]));
    return () => {
      this.#written = before;
    };
  }

  /** Whether everything that was read is still as it was. */
  isCurrent(): boolean {
    for (const [table, commit] of this.#readShelves) if (this.shelf(table).commit !== commit) return false;
    for (const [table, seen] of this.#readCells) {
      const { cells } = this.shelf(table);
      for (const [key, commit] of seen) if ((cells.get(key)?.commit ?? 0) !== commit) return false;
    }
    return true;
  }

  written(): Written {
    return this.#written;
  }

  #own(table: MemoryTable<object>): Map<string, object | typeof GONE> {
    const own = this.#written.get(table) ?? new Map<string, object | typeof GONE>();
    this.#written.set(table, own);
    return own;
  }
}
