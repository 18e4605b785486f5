import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { type EventName, OBSERVED_EVENTS, type ObservedEvent } from './observed-event.ts';

/** A tracing channel for each event: `tracing:fieldseal:seal:start` and so on. */
const CHANNELS = Object.fromEntries(
  Object.keys(OBSERVED_EVENTS).map((name) => [name, tracingChannel(`fieldseal:${name}`)]),
) as Readonly<Record<EventName, TracingChannel<object>>>;

/**
 * What a subscriber may see of an error: of ours all but whose row it was, as collectors keep what
 * they get for long; of a driver's nothing, as it may quote anything.
 */
function tellable(error: unknown): FieldsealError {
  if (error instanceof FieldsealError) {
    const { row: _, ...meta } = error.meta;
    return new FieldsealError(error.code, error.message, meta);
  }
  return new FieldsealError('ERR_INTERNAL', 'An error that is not shown, as it may quote a value');
}

export function isHeard(name: EventName): boolean {
  return CHANNELS[name].hasSubscribers;
}

/** What became of work, kept out of sight of the channel, which publishes what it gets. */
type Outcome<T> = { readonly value: T } | { readonly error: unknown };

function resultOf<T>(outcome: Outcome<T>): T {
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}

export async function publish<T>(
  name: EventName,
  event: ObservedEvent,
  work: () => Promise<T>,
): Promise<T> {
  let outcome: Outcome<T> | undefined;
  const hidden = async (): Promise<void> => {
    try {
      outcome = { value: await work() };
    } catch (error) {
      outcome = { error };
      throw tellable(error);
    }
  };
  await CHANNELS[name].tracePromise(hidden, event).catch(() => {});
  return resultOf(outcome as unknown as Outcome<T>);
}

export function publishSync<T>(name: EventName, event: ObservedEvent, work: () => T): T {
  let outcome: Outcome<T> | undefined;
  try {
    CHANNELS[name].traceSync(() => {
      try {
        outcome = { value: work() };
      } catch (error) {
        outcome = { error };
        throw tellable(error);
      }
    }, event);
  } catch {
    // thrown below as it was
  }
  return resultOf(outcome as unknown as Outcome<T>);
}
