import { FieldsealError } from '@fieldseal/core';
import { CK } from './ck-constants.ts';
import type { Cryptoki, ParameterForms } from './cryptoki.ts';
import { RETURN_VALUE, returnName, returnValue } from './return-value.ts';

/** A loaded module. Its state belongs to the process: all connections through it share it. */
export interface CryptokiModule {
  readonly calls: Cryptoki;
  readonly forms: ParameterForms;
  /** Grows when the module was initialised anew: what was opened before is void. */
  readonly generation: number;
  /** Counts a call that other threads of the process run. */
  running<T>(call: () => Promise<T>): Promise<T>;
  /**
   * Initialises it anew, which is how some modules see a token that came back. Waits for calls under
   * way: what happens to them otherwise is undefined.
   */
  restart(): Promise<void>;
}

async function loadBinding(): Promise<ParameterForms & { readonly PKCS11: new () => Cryptoki }> {
  const found: unknown = await import('pkcs11js').catch(() => {
    const message =
      'PKCS#11 needs the package pkcs11js: install it, and let it run its install script';
    throw new FieldsealError('ERR_CONFIG_INVALID', message, { reason: 'PKCS11JS_MISSING' });
  });
  return (found as { readonly default: Awaited<ReturnType<typeof loadBinding>> }).default;
}

function initialize(calls: Cryptoki, libraryParameters: string | undefined): void {
  const flags = CK.INITIALIZE.OS_LOCKING_OK;
  try {
    // the binding drops the last character
    const parameters = { flags, libraryParameters: `${libraryParameters} ` };
    calls.C_Initialize(libraryParameters === undefined ? { flags } : parameters);
  } catch (error) {
    if (returnValue(error) !== RETURN_VALUE.CRYPTOKI_ALREADY_INITIALIZED) throw error;
  }
}

function unloadable(reason: string): FieldsealError {
  const message = 'The PKCS#11 module cannot be loaded or initialised';
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'module', reason });
}

/** @throws `ERR_CONFIG_INVALID` without `pkcs11js`, or when the module cannot be loaded */
export async function loadCryptokiModule(
  path: string,
  libraryParameters: string | undefined,
): Promise<CryptokiModule> {
  const binding = await loadBinding();
  const calls = new binding.PKCS11();
  try {
    calls.load(path);
    initialize(calls, libraryParameters);
  } catch (error) {
    throw unloadable(returnName(error));
  }
  const { CK_PARAMS_GCM, CK_PARAMS_RSA_OAEP } = binding;
  let generation = 1;
  let underWay = 0;
  const waiting: (() => void)[] = [];

  return {
    calls,
    forms: { CK_PARAMS_GCM, CK_PARAMS_RSA_OAEP },
    get generation() {
      return generation;
    },
    async running(call) {
      underWay += 1;
      try {
        return await call();
      } finally {
        underWay -= 1;
        if (underWay === 0) for (const resume of waiting.splice(0)) resume();
      }
    },
    async restart() {
      while (underWay > 0) await new Promise<void>((resolve) => waiting.push(resolve));
      generation += 1;
      try {
        calls.C_Finalize();
      } catch {
        // another thread of this process has done it
      }
      initialize(calls, libraryParameters);
    },
  };
}
