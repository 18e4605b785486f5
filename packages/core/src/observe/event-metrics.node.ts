import type { Attributes, Meter } from '@opentelemetry/api';
import { type EventName, OBSERVED_EVENTS, type ObservedEvent } from './observed-event.ts';
import type { ObservedState } from './observer.ts';

/** Seconds: a warm seal takes microseconds, a device a second. */
const BOUNDARIES = [
  0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5,
] as const;

/** Counters and histograms of the events, and gauges of the state. */
export interface EventMetrics {
  /** @param errorType - Of an event that failed: it counts towards the duration only. */
  record(name: EventName, event: ObservedEvent, errorType: string | undefined): void;
  watch(read: () => ObservedState): void;
  close(): void;
}

/** Facts under their attribute names; what is not known is left out. */
export function attributesOf(
  name: EventName,
  event: ObservedEvent,
  facts: readonly string[] = Object.keys(OBSERVED_EVENTS[name].attributes),
): Attributes {
  const { attributes } = OBSERVED_EVENTS[name];
  const known = event as unknown as Readonly<Record<string, string | number | undefined>>;
  const found: Attributes = { 'fieldseal.environment': event.environment };
  for (const fact of facts) {
    const value = known[fact];
    if (value !== undefined) found[attributes[fact] as string] = value;
  }
  return found;
}

function createInstruments(meter: Meter, name: EventName) {
  const counters = Object.entries(OBSERVED_EVENTS[name].counters).map(([fact, counter]) => ({
    fact,
    counter: meter.createCounter(counter.name, { unit: counter.unit }),
  }));
  const duration = meter.createHistogram(`fieldseal.${name}.duration`, {
    unit: 's',
    advice: { explicitBucketBoundaries: [...BOUNDARIES] },
  });
  return { counters, duration };
}

/** What is read from the keyring when the SDK collects. */
function createStateMetrics(meter: Meter, environment: string) {
  const counter = (name: string, unit: string) => meter.createObservableCounter(name, { unit });
  const gauge = (name: string, unit: string) => meter.createObservableGauge(name, { unit });
  const reads = [
    [gauge('fieldseal.cache.entries', '{entry}'), ({ cache }: ObservedState) => cache.entries],
    [counter('fieldseal.cache.hits', '{key}'), ({ cache }: ObservedState) => cache.hits],
    [counter('fieldseal.cache.misses', '{key}'), ({ cache }: ObservedState) => cache.misses],
    [
      counter('fieldseal.cache.evictions', '{entry}'),
      ({ cache }: ObservedState) => cache.evictions,
    ],
    [
      counter('fieldseal.cache.failed_loads', '{key}'),
      ({ cache }: ObservedState) => cache.failedLoads,
    ],
    [gauge('fieldseal.audit.pending', '{entry}'), ({ audit }: ObservedState) => audit.pending],
    [counter('fieldseal.audit.lost', '{operation}'), ({ audit }: ObservedState) => audit.lost],
    [gauge('fieldseal.degraded', '1'), ({ degraded }: ObservedState) => (degraded ? 1 : 0)],
  ] as const;
  const attributes = { 'fieldseal.environment': environment };
  const instruments = reads.map(([instrument]) => instrument);
  return (readState: () => ObservedState): (() => void) => {
    const collect: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
      const state = readState();
      for (const [instrument, read] of reads) {
        result.observe(instrument, read(state), attributes);
      }
    };
    meter.addBatchObservableCallback(collect, instruments);
    return () => meter.removeBatchObservableCallback(collect, instruments);
  };
}

export function createEventMetrics(meter: Meter, environment: string): EventMetrics {
  const names = Object.keys(OBSERVED_EVENTS) as EventName[];
  const instruments = new Map(names.map((name) => [name, createInstruments(meter, name)]));
  let unwatch = (): void => {};
  return {
    record(name, event, errorType) {
      const made = instruments.get(name);
      const { durationMs = 0 } = event;
      const attributes = attributesOf(name, event, OBSERVED_EVENTS[name].dimensions);
      if (errorType !== undefined) attributes['error.type'] = errorType;
      made?.duration.record(durationMs / 1000, attributes);
      const counts = event as unknown as Readonly<Record<string, number | undefined>>;
      for (const { fact, counter } of made?.counters ?? []) {
        if (fact === '') counter.add(1, attributes);
        else if (errorType === undefined) counter.add(counts[fact] ?? 0, attributes);
      }
    },
    watch(read) {
      unwatch();
      unwatch = createStateMetrics(meter, environment)(read);
    },
    close: () => unwatch(),
  };
}
