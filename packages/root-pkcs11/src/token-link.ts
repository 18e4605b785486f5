import { setTimeout } from 'node:timers/promises';
import { FieldsealError } from '@fieldseal/core';
import { readPin } from './pin/read-pin.ts';
import { rememberRefusedPin, requireUntriedPin } from './pin/refused-pins.ts';
import type { checkOptions } from './pkcs11-root-options.ts';
import type { DeviceAnswer, DeviceCall } from './thread/device-message.ts';
import { type HeldClient, holdClient } from './thread/shared-clients.ts';
import { within } from './thread/within.ts';

/** A root's link to its token, made when it is needed and again when it was lost. */
export interface TokenLink {
  /**
   * @param call is made anew for each attempt, as its bytes are moved away
   * @throws `ERR_ROOT_UNAVAILABLE`, `ERR_ROOT_REFUSED`, `ERR_CONFIG_INVALID`
   */
  ask(call: () => DeviceCall): Promise<DeviceAnswer>;
  close(): Promise<void>;
}

type Failed = DeviceAnswer & { readonly outcome: 'failed' };

/** What the same PIN gets again; a locked token may be unlocked. */
const WRONG = ['CKR_PIN_INCORRECT', 'CKR_PIN_INVALID', 'CKR_PIN_LEN_RANGE'];

let lastRoot = 0;

export function createTokenLink({
  settings,
  pin: source,
  timeoutMs,
}: Pick<ReturnType<typeof checkOptions>, 'settings' | 'pin' | 'timeoutMs'>): TokenLink {
  lastRoot += 1;
  const root = lastRoot;
  const token = JSON.stringify([settings.module, settings.token]);
  let client: HeldClient | undefined;
  let connecting: Promise<DeviceAnswer> | undefined;

  async function connect(to: HeldClient): Promise<DeviceAnswer> {
    if (source === undefined) return to.send(root, { call: 'connect', settings });
    const pin = await readPin(source);
    const kept = new Uint8Array(pin);
    try {
      requireUntriedPin(token, kept);
      const answer = await to.send(root, { call: 'connect', settings, pin });
      if (answer.outcome === 'failed' && WRONG.includes(answer.meta.reason ?? '')) {
        rememberRefusedPin(token, kept);
      }
      return answer;
    } finally {
      kept.fill(0);
    }
  }

  function failure({ code, message, meta }: Failed): FieldsealError {
    return new FieldsealError(code, message, meta);
  }

  /** One attempt at a time, however many wait for it: each presents the PIN. */
  async function connected(): Promise<HeldClient> {
    client ??= holdClient(settings.module, settings.libraryParameters);
    if (connecting === undefined) {
      const attempt = connect(client);
      connecting = attempt;
      const forget = (): void => {
        if (connecting === attempt) connecting = undefined;
      };
      attempt.then((answer) => answer.outcome === 'failed' && forget(), forget);
    }
    const answer = await within(timeoutMs, connecting);
    if (answer.outcome === 'failed') throw failure(answer);
    return client;
  }

  async function attempt(call: () => DeviceCall): Promise<DeviceAnswer> {
    const to = await connected();
    const over = connecting;
    const answer = await within(timeoutMs, to.send(root, call()));
    if (answer.outcome === 'failed') throw failure(answer);
    // another call may have connected again already
    if (answer.outcome === 'lost' && connecting === over) connecting = undefined;
    return answer;
  }

  return {
    async ask(call) {
      const first = await attempt(call);
      if (first.outcome !== 'lost') return first;
      const second = await attempt(call);
      if (second.outcome !== 'lost') return second;
      const { reason } = second;
      const message = `The token does not work (${reason})`;
      throw new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason });
    },
    async close() {
      const held = client;
      client = undefined;
      connecting = undefined;
      if (held === undefined) return;
      await within(timeoutMs, held.send(root, { call: 'disconnect' })).catch(() => {});
      // a call that hangs in the module cannot be ended
      const late = setTimeout(timeoutMs, undefined, { ref: false });
      await Promise.race([held.release(), late]);
    },
  };
}
