import { AppError, type FieldError } from '@rideshare/kernel';
import type { z } from 'zod';

/** The variables of a configuration and how they become the object that the program sees. */
export interface ConfigDefinition<Vars extends Record<string, z.ZodType>, Config> {
  readonly vars: Vars;
  /**
   * Reads the configuration from `env`, frozen to its leaves.
   *
   * @throws `CONFIG_INVALID` with one field per refused variable: its name and the rule, never its value.
   */
  load(env: Readonly<Record<string, string | undefined>>): Readonly<Config>;
}

/** The refusal of a configuration: every problem, as `pointer` the name of the variable. */
export function configInvalid(fields: readonly FieldError[]): AppError<'CONFIG_INVALID'> {
  return new AppError('CONFIG_INVALID', 'invalid', 'the configuration was refused', { fields });
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}

/**
 * Declares a configuration.
 *
 * @remarks An empty variable counts as unset. `build` may throw {@link configInvalid} for rules between variables.
 */
export function defineConfig<Vars extends Record<string, z.ZodType>, Config>(spec: {
  readonly vars: Vars;
  readonly build: (values: { [Name in keyof Vars]: z.infer<Vars[Name]> }) => Config;
}): ConfigDefinition<Vars, Config> {
  return {
    vars: spec.vars,
    load(env) {
      const values: Record<string, unknown> = {};
      const problems: FieldError[] = [];
      for (const [name, schema] of Object.entries(spec.vars)) {
        const text = env[name]?.trim();
        const parsed = schema.safeParse(text === '' ? undefined : text);
        if (parsed.success) values[name] = parsed.data;
        else problems.push(...parsed.error.issues.map(({ message }) => ({ pointer: name, detail: message })));
      }
      if (problems.length > 0) throw configInvalid(problems);
      // every name of `vars` was parsed by its own schema above
      return deepFreeze(spec.build(values as { [Name in keyof Vars]: z.infer<Vars[Name]> }));
    },
  };
}
