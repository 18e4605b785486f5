import type { KeyStore } from '@fieldseal/core';
import type { FieldsealConfig } from '../../config/define-config.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { CommandContext } from '../context.ts';

/** For an auditor, who may read the store and has no root: nothing is opened. */
export async function withStore(
  context: CommandContext,
  work: (given: { readonly config: FieldsealConfig; readonly store: KeyStore }) => Promise<void>,
): Promise<void> {
  const config = await loadConfig(context.options().config);
  const { store } = config.keyring;
  try {
    await work({ config, store });
  } finally {
    await store.close();
  }
}
