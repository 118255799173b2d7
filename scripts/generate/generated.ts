/** One file that is made from the sources and committed, so that a change of it is seen in review. */
export interface Generated {
  /** Relative to the repository's root. */
  readonly file: string;
  readonly content: string;
  /** Others rely on it as it is: `generate` does not overwrite it with something else. */
  readonly published?: boolean;
}
