import { tracingChannel } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { createObserver } from './create-observer.node.ts';
import { createObserver as portableObserver } from './create-observer.portable.ts';
import { createTelemetry } from './create-telemetry.node.ts';
import { loadOpenTelemetry } from './load-open-telemetry.node.ts';

const FACTS = { operation: 'Card.create', cells: 2, lookups: 0 };
const PLAINTEXT = '4111 1111 1111 1111';
const channel = tracingChannel('fieldseal:seal');
const unwraps = tracingChannel('fieldseal:unwrap');

function subscriber() {
  return { start: vi.fn(), end: vi.fn(), asyncStart: vi.fn(), asyncEnd: vi.fn(), error: vi.fn() };
}

let unsubscribe = (): void => {};

/** Subscribes for one test. */
function listen(to = channel): ReturnType<typeof subscriber> {
  const listener = subscriber();
  to.subscribe(listener);
  unsubscribe = () => void to.unsubscribe(listener);
  return listener;
}

afterEach(() => {
  unsubscribe();
  unsubscribe = () => {};
});

describe('an observer that nobody listens to', () => {
  test.each([
    ['on Node', createObserver('test')],
    ['elsewhere', portableObserver('test')],
  ])('builds no event, %s', async (_where, observer) => {
    const factsOf = vi.fn(() => FACTS);
    const work = vi.fn(async () => 'done');
    expect(await observer.run('seal', factsOf, work)).toBe('done');
    expect(observer.runSync('seal', factsOf, () => 7)).toBe(7);
    expect(factsOf).not.toHaveBeenCalled();
    expect(work).toHaveBeenCalledWith(undefined);
  });

  test('gives the very promise of the work, so that nobody waits longer', () => {
    const promise = Promise.resolve();
    expect(
      createObserver('test').run(
        'seal',
        () => FACTS,
        () => promise,
      ),
    ).toBe(promise);
  });
});

describe('a subscriber of a channel', () => {
  test('gets the facts at the start, and what work added with the duration at the end', async () => {
    const listener = listen();
    listener.start.mockImplementation((event) => expect(event.durationMs).toBeUndefined());
    const observer = createObserver('test');
    await observer.run(
      'seal',
      () => ({ ...FACTS }),
      async (event) => {
        if (event !== undefined) event.lookups = 3;
      },
    );
    expect(listener.start).toHaveBeenCalledOnce();
    const [event] = listener.asyncEnd.mock.calls[0] as [Record<string, unknown>];
    expect(event).toMatchObject({ ...FACTS, lookups: 3, environment: 'test' });
    expect(event.durationMs).toBeGreaterThanOrEqual(0);
    expect(listener.error).not.toHaveBeenCalled();
  });

  test('never gets what the work returns', async () => {
    const listener = listen();
    const given = await createObserver('test').run(
      'seal',
      () => FACTS,
      async () => PLAINTEXT,
    );
    expect(given).toBe(PLAINTEXT);
    expect(JSON.stringify(Object.values(listener).map(({ mock }) => mock.calls))).not.toContain(
      PLAINTEXT,
    );
  });

  test('gets an error of ours but for the row, and the caller gets all of it', async () => {
    const listener = listen();
    const meta = { model: 'Card', row: '0190f1c2-0000-7000-8000-000000000001' };
    const error = new FieldsealError('ERR_KEY_DISABLED', 'The key is disabled', meta);
    const work = createObserver('test').run(
      'seal',
      () => FACTS,
      () => Promise.reject(error),
    );
    await expect(work).rejects.toBe(error);
    const [event] = listener.error.mock.calls[0] as [{ error: FieldsealError }];
    expect(event.error).toMatchObject({ code: error.code, message: error.message });
    expect(event.error.meta).toEqual({ model: 'Card' });
  });

  test('gets nothing of an error of somebody else, and the caller does', async () => {
    const listener = listen();
    const error = new Error(`could not bind ${PLAINTEXT}`);
    const work = createObserver('test').run(
      'seal',
      () => FACTS,
      () => Promise.reject(error),
    );
    await expect(work).rejects.toBe(error);
    const [event] = listener.error.mock.calls[0] as [{ error: FieldsealError }];
    expect(event.error.code).toBe('ERR_INTERNAL');
    expect(event.error.message).not.toContain(PLAINTEXT);
  });

  test('gets work that waits for nothing in the same way', () => {
    const listener = listen(unwraps);
    const observer = createObserver('test');
    const facts = { kind: 'data-key', keyId: 'k', keyVersion: 1 } as const;
    expect(
      observer.runSync(
        'unwrap',
        () => facts,
        () => PLAINTEXT,
      ),
    ).toBe(PLAINTEXT);
    const error = new Error(PLAINTEXT);
    const fail = () =>
      observer.runSync(
        'unwrap',
        () => facts,
        () => {
          throw error;
        },
      );
    expect(fail).toThrow(error);
    expect(listener.end).toHaveBeenCalledTimes(2);
    expect(JSON.stringify(listener.error.mock.calls)).not.toContain(PLAINTEXT);
  });
});

describe('without OpenTelemetry', () => {
  const missing = (): never => {
    throw new Error("Cannot find module '@opentelemetry/api'");
  };

  test('a package that is not installed is none', () => {
    expect(loadOpenTelemetry(missing)).toBeUndefined();
    expect(createTelemetry('test', loadOpenTelemetry(missing))).toBeUndefined();
  });

  test('a package of another form is none', () => {
    expect(loadOpenTelemetry(() => ({ trace: {} }))).toBeUndefined();
  });

  test('a package without an SDK costs as little as none', () => {
    expect(loadOpenTelemetry()).toBeDefined();
    expect(createTelemetry('test')).toBeUndefined();
  });
});
