import { FieldsealError, type Keyring } from '@fieldseal/core';
import { fieldseal } from '@fieldseal/typeorm';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { Customer } from './customer.ts';
import { CustomersService } from './customers.service.ts';
import { KEYRING, KeyringModule, type KeyringSettings } from './keyring.module.ts';

/** Nest hands the options to the factory; what comes back is a data source that seals. */
function database(url: string): DynamicModule {
  let keyring: Keyring;
  return TypeOrmModule.forRootAsync({
    inject: [KEYRING],
    useFactory: (opened: Keyring) => {
      keyring = opened;
      return {
        type: 'postgres',
        url,
        autoLoadEntities: true,
        // as an example may; an application has migrations
        synchronize: true,
        // trying again does not help against a wrong annotation
        toRetry: (error: unknown) => !(error instanceof FieldsealError),
      };
    },
    dataSourceFactory: async (options) =>
      fieldseal(new DataSource(options as DataSourceOptions), { keyring }).initialize(),
  });
}

@Module({})
export class AppModule {}

/** The application with its settings. */
export function appModule(settings: KeyringSettings): DynamicModule {
  return {
    module: AppModule,
    imports: [
      KeyringModule.forRoot(settings),
      database(settings.url),
      TypeOrmModule.forFeature([Customer]),
    ],
    providers: [CustomersService],
  };
}
