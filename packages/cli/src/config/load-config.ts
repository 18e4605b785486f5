import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { FieldsealError } from '@fieldseal/core';
import { createJiti } from 'jiti';
import type { FieldsealConfig } from './define-config.ts';

const NAMES = ['ts', 'mts', 'js', 'mjs'].map((ending) => `fieldseal.config.${ending}`);

/**
 * Loads the configuration, TypeScript or JavaScript.
 * @param given - Path; the first of `fieldseal.config.ts`, `.mts`, `.js`, `.mjs` when absent.
 * @throws `ERR_CONFIG_INVALID`
 */
export async function loadConfig(given: string | undefined): Promise<FieldsealConfig> {
  const path = given === undefined ? firstOf(NAMES) : resolve(given);
  if (path === undefined || !existsSync(path)) {
    const message = `There is no ${given ?? NAMES[0]} here; write one, or name it with --config`;
    throw invalid(message, given ?? NAMES[0]);
  }
  const loaded: unknown = await createJiti(import.meta.url, { interopDefault: true })
    .import(path, { default: true })
    .catch((error: unknown) => {
      throw invalid(`${path} could not be loaded (${nameOf(error)})`, path);
    });
  if (!isConfig(loaded)) {
    throw invalid(`${path} must export { keyring, database, manifest } as default`, path);
  }
  return loaded;
}

function firstOf(names: readonly string[]): string | undefined {
  return names.map((name) => resolve(name)).find((path) => existsSync(path));
}

/** The message may quote a secret that the file holds. */
function nameOf(error: unknown): string {
  if (error instanceof FieldsealError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}

function isConfig(value: unknown): value is FieldsealConfig {
  if (typeof value !== 'object' || value === null) return false;
  return 'keyring' in value && 'database' in value && 'manifest' in value;
}

function invalid(message: string, file: string | undefined): FieldsealError {
  const place = file === undefined ? {} : { file };
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'config', ...place });
}
