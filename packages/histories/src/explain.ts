import type { Call } from './history.ts';
import type { Placed } from './linearize.ts';
import type { Model } from './model.ts';
import type { Part } from './timeline.ts';
import type { Violation } from './check-linearizability.ts';

/** How much of a long history is shown: what led to the violation is near its end. */
const SHOWN_STEPS_MAX = 12;
const SHOWN_STATES_MAX = 8;
/** A whole answer of an API would hide the rest. */
const SHOWN_CHARACTERS_MAX = 240;

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}

/** One call in a line: who, what, what came of it, and when. */
export function describeCall({ answer, answeredUs, input, invokedUs, operation, outcome, process }: Call): string {
  const came = outcome === 'ok' ? shown(answer) : outcome === 'info' ? 'unknown' : 'without effect';
  const until = Number.isFinite(answeredUs) ? String(answeredUs) : '…';
  return `${process}: ${operation} ${shown(input)} → ${came}  [${String(invokedUs)}, ${until}] µs`;
}

function describePart({ call, phase }: Part): string {
  return describeCall(call) + (phase === '' ? '' : ` (${phase})`);
}

/** A violation in words: the longest order that fits, the call without a place, and what the state can have been. */
export function explainViolation<State, C extends Call>(
  { key, misfit, open, prefix, states }: Violation<State, C>,
  model: Pick<Model<State, C>, 'name' | 'describe' | 'initial'>,
): string {
  const steps: string[] = [];
  for (let step: Placed<State, C> | undefined = prefix; step && steps.length < SHOWN_STEPS_MAX; step = step.before) {
    steps.unshift(`  ${String(step.length)}. ${describePart(step.part)}\n       ⇒ ${model.describe(step.state)}`);
  }
  const length = prefix?.length ?? 0;
  const left = length - steps.length;
  const possible = states.slice(0, SHOWN_STATES_MAX).map((state) => `  ${model.describe(state)}`);
  return [
    `${key} is no ${model.name}: its calls have no order that explains the answers.`,
    length === 0
      ? `It begins as ${model.describe(model.initial(key))}.`
      : `The longest order that fits${left > 0 ? `, after ${String(left)} others` : ''}:`,
    ...steps,
    'No place is left for',
    `  ${describePart(misfit)}`,
    'When it was answered the state can only have been',
    ...possible,
    ...(states.length > possible.length ? [`  and ${String(states.length - possible.length)} more`] : []),
    ...(open.length === 0 ? [] : ['Not answered yet were', ...open.map((part) => `  ${describePart(part)}`)]),
  ].join('\n');
}
