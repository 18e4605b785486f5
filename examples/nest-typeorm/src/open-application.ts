import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { appModule } from './app.module.ts';
import type { KeyringSettings } from './keyring.module.ts';

/** A Nest application without a web server. */
export function openApplication(settings: KeyringSettings): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(appModule(settings), {
    // a failed start is an error of the caller, not the end of the process
    abortOnError: false,
    logger: ['error', 'warn'],
  });
}
