import { createRequire } from 'node:module';

export type OpenTelemetry = typeof import('@opentelemetry/api');

/** The optional package; `undefined` where it is not installed or does not load. */
export function loadOpenTelemetry(
  require: (name: string) => unknown = createRequire(import.meta.url),
): OpenTelemetry | undefined {
  try {
    const api = require('@opentelemetry/api') as Partial<OpenTelemetry>;
    const isThere =
      typeof api.trace?.getTracer === 'function' &&
      typeof api.metrics?.getMeter === 'function' &&
      typeof api.ProxyTracerProvider === 'function' &&
      typeof api.createNoopMeter === 'function';
    return isThere ? (api as OpenTelemetry) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the application has set up an SDK: without one everything would be thrown away. */
export function hasSdk({
  trace,
  metrics,
  ProxyTracerProvider,
  createNoopMeter,
}: OpenTelemetry): boolean {
  const tracers = trace.getTracerProvider();
  const traces =
    !(tracers instanceof ProxyTracerProvider) ||
    tracers.getDelegate() !== new ProxyTracerProvider().getDelegate();
  const meter = metrics.getMeter('@fieldseal/core');
  return traces || meter.constructor !== createNoopMeter().constructor;
}
