import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/** A value that may be used but not printed: string conversion, JSON and `util.inspect` all give `[redacted]`. */
export class Secret<Value = string> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  /** The value itself, to be handed to whatever needs it and to nothing that logs. */
  reveal(): Value {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
