/** What the events say: names, numbers and ids. Never a value, a key's bytes, a tenant or a row. */
export interface EventFacts {
  /** One write or lookup of an ORM call: all its values at once. */
  readonly seal: { operation: string; cells: number; lookups: number };
  /** One result set. */
  readonly open: { operation: string; rows: number; cells: number };
  /** Data keys and index keys that were not cached, read in one batch. */
  readonly load: { keys: number; found: number };
  /** One key, unwrapped under the one above it. */
  readonly unwrap: {
    kind: 'key-version' | 'data-key' | 'index-key' | undefined;
    keyId: string | undefined;
    keyVersion: number | undefined;
  };
  /** One call of a device or service that seals the root key. */
  readonly root: {
    call: 'seal' | 'open';
    kind: string;
    slotId: string;
    /** Whether the slot was this root's; of `open`, once it has answered. */
    opened: boolean | undefined;
  };
  /** One call of the key store. */
  readonly store: { call: string };
  /** One operation of the key service. */
  readonly kms: { operation: string; keyId: string | undefined };
}

export type EventName = keyof EventFacts;

/** What subscribers get: the facts, filled in by the end, and how it went. */
export type ObservedEvent<Name extends EventName = EventName> = EventFacts[Name] & {
  readonly environment: string;
  /** Known at the end. */
  durationMs: number | undefined;
};

/** How an event shows in telemetry. */
export interface EventShape {
  /** `inside`: only below another span, as the store is also polled on a timer. */
  readonly span: 'always' | 'inside' | 'never';
  /** Attribute of the span for each fact. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Those of the facts that metrics are split by: each has few values. */
  readonly dimensions: readonly string[];
  /** Counters, by the fact that they add up; `''` counts the event itself. */
  readonly counters: Readonly<Record<string, { readonly name: string; readonly unit: string }>>;
}

/** The closed list. An event is published on the tracing channel `fieldseal:<name>`. */
export const OBSERVED_EVENTS: Readonly<Record<EventName, EventShape>> = {
  seal: {
    span: 'always',
    attributes: {
      operation: 'fieldseal.operation',
      cells: 'fieldseal.cells',
      lookups: 'fieldseal.lookups',
    },
    dimensions: [],
    counters: {
      cells: { name: 'fieldseal.cell.sealed', unit: '{cell}' },
      lookups: { name: 'fieldseal.lookup.made', unit: '{lookup}' },
    },
  },
  open: {
    span: 'always',
    attributes: {
      operation: 'fieldseal.operation',
      rows: 'fieldseal.rows',
      cells: 'fieldseal.cells',
    },
    dimensions: [],
    counters: { cells: { name: 'fieldseal.cell.opened', unit: '{cell}' } },
  },
  load: {
    span: 'always',
    attributes: { keys: 'fieldseal.keys', found: 'fieldseal.keys.found' },
    dimensions: [],
    counters: {},
  },
  unwrap: {
    span: 'never',
    attributes: {
      kind: 'fieldseal.key.kind',
      keyId: 'fieldseal.key.id',
      keyVersion: 'fieldseal.key.version',
    },
    dimensions: ['kind', 'keyId'],
    counters: { '': { name: 'fieldseal.key.unwrapped', unit: '{key}' } },
  },
  root: {
    span: 'always',
    attributes: {
      call: 'fieldseal.call',
      kind: 'fieldseal.root.kind',
      slotId: 'fieldseal.slot.id',
      opened: 'fieldseal.root.opened',
    },
    dimensions: ['call', 'kind', 'opened'],
    counters: { '': { name: 'fieldseal.root.called', unit: '{call}' } },
  },
  store: {
    span: 'inside',
    attributes: { call: 'fieldseal.call' },
    dimensions: ['call'],
    counters: {},
  },
  kms: {
    span: 'always',
    attributes: { operation: 'fieldseal.operation', keyId: 'fieldseal.key.id' },
    dimensions: ['operation'],
    counters: {},
  },
};
