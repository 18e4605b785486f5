import type { Span } from '@opentelemetry/api';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { attributesOf, createEventMetrics } from './event-metrics.node.ts';
import { hasSdk, loadOpenTelemetry, type OpenTelemetry } from './load-open-telemetry.node.ts';
import { type EventName, OBSERVED_EVENTS, type ObservedEvent } from './observed-event.ts';
import type { ObservedState } from './observer.ts';

/** Spans and metrics of the events of one keyring. */
export interface Telemetry {
  around<T>(name: EventName, event: ObservedEvent, work: () => Promise<T>): Promise<T>;
  aroundSync<T>(name: EventName, event: ObservedEvent, work: () => T): T;
  watch(read: () => ObservedState): void;
  close(): void;
}

const SCOPE = '@fieldseal/core';

/** The code of an error of ours; of another not even its name, which its library chose. */
function errorTypeOf(error: unknown): string {
  return error instanceof FieldsealError ? error.code : 'ERR_INTERNAL';
}

/** No exporter, processor or sampler that fails stops what it looks at. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** `undefined` where nobody would see it: no package, or no SDK that the application has set up. */
export function createTelemetry(
  environment: string,
  api: OpenTelemetry | undefined = loadOpenTelemetry(),
): Telemetry | undefined {
  if (api === undefined || !hasSdk(api)) return undefined;
  const { trace, context, metrics: meters, SpanStatusCode } = api;
  const tracer = trace.getTracer(SCOPE);
  const metrics = createEventMetrics(meters.getMeter(SCOPE), environment);

  function startSpan(name: EventName): Span | undefined {
    const { span } = OBSERVED_EVENTS[name];
    if (span === 'never') return undefined;
    if (span === 'inside' && trace.getActiveSpan() === undefined) return undefined;
    return quietly(() => tracer.startSpan(`fieldseal.${name}`));
  }

  function end(name: EventName, event: ObservedEvent, span: Span | undefined, error?: unknown) {
    const errorType = error === undefined ? undefined : errorTypeOf(error);
    quietly(() => metrics.record(name, event, errorType));
    if (span === undefined) return;
    quietly(() => {
      span.setAttributes(attributesOf(name, event));
      if (errorType !== undefined) {
        span.setAttribute('error.type', errorType);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    });
  }

  return {
    async around(name, event, work) {
      const span = startSpan(name);
      try {
        const result =
          span === undefined
            ? await work()
            : await context.with(trace.setSpan(context.active(), span), work);
        end(name, event, span);
        return result;
      } catch (error) {
        end(name, event, span, error ?? 'nothing');
        throw error;
      }
    },
    aroundSync(name, event, work) {
      try {
        const result = work();
        end(name, event, undefined);
        return result;
      } catch (error) {
        end(name, event, undefined, error ?? 'nothing');
        throw error;
      }
    },
    watch: metrics.watch,
    close: metrics.close,
  };
}
