import { FieldsealError, type Keyring } from '@fieldseal/core';
import { fieldsealSubscriber } from '@fieldseal/typeorm';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Customer } from './customer.ts';
import { CustomersService } from './customers.service.ts';
import { KEYRING, KeyringModule, type KeyringSettings } from './keyring.module.ts';

/** Nest makes the data source from these options; the subscriber among them makes it seal. */
function database(url: string): DynamicModule {
  return TypeOrmModule.forRootAsync({
    inject: [KEYRING],
    useFactory: (keyring: Keyring) => ({
      type: 'postgres',
      url,
      autoLoadEntities: true,
      subscribers: [fieldsealSubscriber({ keyring })],
      // as an example may; an application has migrations
      synchronize: true,
      // trying again does not help against a wrong annotation
      toRetry: (error: unknown) => !(error instanceof FieldsealError),
    }),
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
