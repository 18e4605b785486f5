import { type Keyring, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';

export const KEYRING = Symbol('keyring');

export interface KeyringSettings {
  /** Of the database that holds the key store. */
  readonly url: string;
  /** File of the development root. */
  readonly rootPath: string;
}

async function open({ url, rootPath }: KeyringSettings): Promise<Keyring> {
  const keyring = await openKeyring({
    store: postgresStore(url),
    roots: [devFileRoot({ path: rootPath })],
    environment: 'dev',
    development: true,
  });
  const known = keyring.listKeys().flatMap(({ aliases }) => aliases);
  if (!known.includes('alias/kyc')) {
    const { keyId } = await keyring.createKey({ description: 'Fields under alias/kyc' });
    await keyring.createAlias('alias/kyc', keyId);
  }
  return keyring;
}

/** Opens the keyring once, and closes it when everything that may use it is destroyed. */
@Module({})
export class KeyringModule implements OnApplicationShutdown {
  readonly #keyring: Keyring;

  constructor(@Inject(KEYRING) keyring: Keyring) {
    this.#keyring = keyring;
  }

  static forRoot(settings: KeyringSettings): DynamicModule {
    return {
      module: KeyringModule,
      global: true,
      providers: [{ provide: KEYRING, useFactory: () => open(settings) }],
      exports: [KEYRING],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#keyring.close();
  }
}
