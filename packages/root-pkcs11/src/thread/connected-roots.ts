import { FieldsealError } from '@fieldseal/core';
import { connectToken } from '../device/connect-token.ts';
import type { CryptokiModule } from '../device/cryptoki-module.ts';
import { returnName } from '../device/return-value.ts';
import type { TokenConnection } from '../device/token-connection.ts';
import { createTokenSeal, type TokenSeal } from '../device/token-seal.ts';
import type { DeviceSettings } from '../pkcs11-root-options.ts';

/** The connections of all roots that share a module. */
export interface ConnectedRoots {
  /** @throws `ERR_ROOT_UNAVAILABLE`, `ERR_ROOT_REFUSED`, `ERR_CONFIG_INVALID` */
  connect(root: number, settings: DeviceSettings, pin: string | undefined): Promise<void>;
  /** @throws `ERR_ROOT_UNAVAILABLE` when there is no connection */
  sealOf(root: number): TokenSeal;
  disconnect(root: number): void;
}

/** An error of the module, as the contract of roots has it. */
export function fromModule(error: unknown): FieldsealError {
  if (error instanceof FieldsealError) return error;
  const reason = returnName(error);
  return new FieldsealError('ERR_ROOT_UNAVAILABLE', `The token does not work (${reason})`, {
    reason,
  });
}

export function createConnectedRoots(load: () => Promise<CryptokiModule>): ConnectedRoots {
  const connected = new Map<number, TokenConnection & { readonly seal: TokenSeal }>();
  let loading: Promise<CryptokiModule> | undefined;

  function disconnect(root: number): void {
    connected.get(root)?.sessions.close();
    connected.delete(root);
  }

  function loaded(): Promise<CryptokiModule> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  async function connectOrRestart(
    settings: DeviceSettings,
    pin: string | undefined,
  ): Promise<TokenConnection> {
    const isFresh = loading === undefined;
    const module = await loaded();
    try {
      return connectToken(module, settings, pin);
    } catch (error) {
      const failure = fromModule(error);
      if (isFresh || failure.code !== 'ERR_ROOT_UNAVAILABLE') throw failure;
    }
    // some modules see a token that was away only when they are initialised anew
    try {
      await module.restart();
      return connectToken(module, settings, pin);
    } catch (error) {
      throw fromModule(error);
    }
  }

  return {
    async connect(root, settings, pin) {
      disconnect(root);
      const connection = await connectOrRestart(settings, pin);
      connected.set(root, { ...connection, seal: createTokenSeal(connection) });
    },
    sealOf(root) {
      const connection = connected.get(root);
      if (connection !== undefined) return connection.seal;
      const message = 'There is no connection to the token';
      throw new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason: 'DISCONNECTED' });
    },
    disconnect,
  };
}
