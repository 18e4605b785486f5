import type { DeviceSettings } from '../pkcs11-root-options.ts';
import { CK } from './ck-constants.ts';
import type { Handle } from './cryptoki.ts';
import type { CryptokiModule } from './cryptoki-module.ts';
import { findKeys } from './find-keys.ts';
import { findToken } from './find-token.ts';
import { logIn } from './log-in.ts';
import { RETURN_VALUE, returnValue } from './return-value.ts';
import { createSessionPool } from './session-pool.ts';
import type { TokenConnection } from './token-connection.ts';

const { READ_WRITE, SERIAL } = CK.SESSION;

/**
 * Finds the token, logs in, finds the keys. The login lasts as long as its session, which is used for
 * nothing else.
 *
 * @throws `ERR_ROOT_UNAVAILABLE`, `ERR_ROOT_REFUSED`, `ERR_CONFIG_INVALID`, and what the module throws
 */
export function connectToken(
  module: CryptokiModule,
  settings: DeviceSettings,
  pin: string | undefined,
): TokenConnection {
  const { calls, generation } = module;
  const token = findToken(calls, settings.token);

  function openSession(): Handle {
    try {
      // some tokens know no other sessions
      return calls.C_OpenSession(token.slot, SERIAL | READ_WRITE);
    } catch (error) {
      if (returnValue(error) !== RETURN_VALUE.TOKEN_WRITE_PROTECTED) throw error;
      return calls.C_OpenSession(token.slot, SERIAL);
    }
  }

  const login = openSession();
  const closeLogin = (): void => {
    if (module.generation !== generation) return;
    try {
      calls.C_CloseSession(login);
    } catch {
      // it was gone already
    }
  };
  try {
    logIn(calls, login, token.flags, pin);
    const keys = findKeys(calls, login, settings);
    const pool = createSessionPool({ module, open: openSession, size: settings.sessions });
    const close = (): void => {
      pool.close();
      closeLogin();
    };
    return { module, generation, keys, sessions: { use: pool.use, close } };
  } catch (error) {
    closeLogin();
    throw error;
  }
}
