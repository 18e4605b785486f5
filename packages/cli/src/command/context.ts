import { userInfo } from 'node:os';
import { type Keyring, openKeyring } from '@fieldseal/core';
import { countCells, type FieldJobOptions, type StatusOptions } from '@fieldseal/jobs';
import type { FieldsealConfig } from '../config/define-config.ts';
import { loadConfig } from '../config/load-config.ts';
import { createOutput, type Output, type Streams } from '../output/output.ts';

/** What every command has: options of the program, streams, and the signal to stop. */
export interface CommandContext {
  readonly streams: Streams & {
    readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  };
  readonly signal: AbortSignal;
  /** Of the program: `--config` and `--json`. */
  options(): { readonly config?: string; readonly json?: boolean };
  /** How the process ends unless an error says otherwise. */
  exit(code: number): void;
}

/** What a command works with once the configuration is loaded and the keyring open. */
export interface Opened {
  readonly config: FieldsealConfig;
  readonly keyring: Keyring;
  readonly output: Output;
}

export function outputOf({ streams, options }: CommandContext): Output {
  return createOutput(streams, options().json === true);
}

/** Opens the keyring of the configuration for one command. */
export function withKeyring(
  context: CommandContext,
  work: (opened: Opened) => Promise<void>,
): Promise<void> {
  const output = outputOf(context);
  return withConfiguredKeyring(context.options().config, (parts) => work({ ...parts, output }));
}

/** @param file - Of `--config`. */
export async function withConfiguredKeyring(
  file: string | undefined,
  work: (opened: Omit<Opened, 'output'>) => Promise<void>,
): Promise<void> {
  const config = await loadConfig(file);
  const { database, manifest } = config;
  const keyring = await openKeyring({
    principal: whoRunsIt(),
    // made when it is asked for: most commands end no key, and need neither table nor manifest
    countCells: (...asked) => countCells({ database, manifest })(...asked),
    ...config.keyring,
  });
  try {
    await work({ config, keyring });
  } finally {
    await keyring.close();
  }
}

/** For policies and the audit trail, where the configuration names nobody: the user of the machine. */
export function whoRunsIt(): string {
  return `user/${userInfo().username.replace(/[^A-Za-z0-9_.:@+=,-]/g, '_')}`;
}

/** The options that all jobs on a field have in common. */
export function jobOptions(opened: Omit<Opened, 'output'>): Omit<FieldJobOptions, 'field'> {
  const { settleMs } = opened.config;
  return { ...codecOptions(opened), ...(settleMs === undefined ? {} : { settleMs }) };
}

/** The options that jobs, status and doctor have in common. */
export function codecOptions({ config, keyring }: Omit<Opened, 'output'>): StatusOptions {
  const { database, manifest, normalizers, partFunctions, legacy } = config;
  return {
    database,
    keyring,
    manifest,
    ...(normalizers === undefined ? {} : { normalizers }),
    ...(partFunctions === undefined ? {} : { partFunctions }),
    ...(legacy === undefined ? {} : { legacy }),
  };
}
