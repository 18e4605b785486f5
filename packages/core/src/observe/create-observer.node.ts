import { createTelemetry, type Telemetry } from './create-telemetry.node.ts';
import { isHeard, publish, publishSync } from './event-channels.node.ts';
import type { EventFacts, EventName, ObservedEvent } from './observed-event.ts';
import type { Observer } from './observer.ts';

function eventOf<Name extends EventName>(
  environment: string,
  facts: EventFacts[Name],
): ObservedEvent<Name> {
  return { environment, durationMs: undefined, ...facts };
}

/** The observer over diagnostics channels and, where the application has set it up, OpenTelemetry. */
export function createObserver(
  environment: string,
  telemetry: Telemetry | undefined = createTelemetry(environment),
): Observer {
  return {
    run(name, factsOf, work) {
      const heard = isHeard(name);
      if (!heard && telemetry === undefined) return work(undefined);
      const event = eventOf(environment, factsOf());
      const timed = async () => {
        const startedAt = performance.now();
        try {
          return await work(event);
        } finally {
          event.durationMs = performance.now() - startedAt;
        }
      };
      const told = () => (telemetry === undefined ? timed() : telemetry.around(name, event, timed));
      return heard ? publish(name, event, told) : told();
    },
    runSync(name, factsOf, work) {
      const heard = isHeard(name);
      if (!heard && telemetry === undefined) return work(undefined);
      const event = eventOf(environment, factsOf());
      const timed = () => {
        const startedAt = performance.now();
        try {
          return work(event);
        } finally {
          event.durationMs = performance.now() - startedAt;
        }
      };
      const told = () =>
        telemetry === undefined ? timed() : telemetry.aroundSync(name, event, timed);
      return heard ? publishSync(name, event, told) : told();
    },
    watch: (read) => telemetry?.watch(read),
    close: () => telemetry?.close(),
  };
}
