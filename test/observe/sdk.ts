import { context, type MeterProvider as Meters, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

/** A number of one metric, with what it is split by. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly value: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The SDK, in memory. */
export interface Sdk {
  readonly spans: InMemorySpanExporter;
  collect(): Promise<readonly Measured[]>;
  stop(): Promise<void>;
}

export function startSdk(): Sdk {
  const spans = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meters = new MeterProvider({ readers: [reader] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracers);
  metrics.setGlobalMeterProvider(meters as Meters);
  return {
    spans,
    async collect() {
      exporter.reset();
      await reader.forceFlush();
      return exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap((scope) => scope.metrics)
        .flatMap(({ descriptor: { name, unit }, dataPoints }) =>
          (dataPoints as readonly DataPoint<unknown>[]).map(({ value, attributes }) => ({
            name,
            unit,
            value,
            attributes,
          })),
        );
    },
    async stop() {
      await Promise.all([tracers.shutdown(), meters.shutdown()]);
      trace.disable();
      metrics.disable();
      context.disable();
    },
  };
}
