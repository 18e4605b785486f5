import type { ErrorCode, ErrorMeta } from '@fieldseal/core';
import type { DeviceSettings } from '../pkcs11-root-options.ts';

/** What a root asks of the thread that holds its module. Bytes are moved, not copied. */
export type DeviceCall =
  | { readonly call: 'connect'; readonly settings: DeviceSettings; readonly pin?: Uint8Array }
  | { readonly call: 'seal'; readonly secret: Uint8Array; readonly context: Uint8Array }
  | {
      readonly call: 'open';
      readonly mechanism: string;
      readonly sealed: Uint8Array;
      readonly context: Uint8Array;
    }
  | { readonly call: 'disconnect' };

export type DeviceRequest = DeviceCall & {
  readonly id: number;
  /** Which root of this process asks. */
  readonly root: number;
};

export type DeviceAnswer =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'sealed'; readonly mechanism: string; readonly sealed: Uint8Array }
  | { readonly outcome: 'opened'; readonly secret: Uint8Array }
  /** The token works, and this is not its own. */
  | { readonly outcome: 'foreign' }
  /** The connection is over; another one may do. */
  | { readonly outcome: 'lost'; readonly reason: string }
  | {
      readonly outcome: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly meta: ErrorMeta;
    };

export type AnswerMessage = DeviceAnswer & { readonly id: number };
