import type { Row } from '../orm-driver.ts';

export type TwinName = 'customer' | 'card';

/** Conditions of `find`: values, what is asked of a field, or conditions of a related row. */
export type Condition = Row | readonly Row[];

/** Options of `find`, with conditions that both twins understand. */
export interface FindShape {
  readonly where: Condition;
  readonly more: Row;
}

/** One operation of TypeORM, as data: it is run on the sealed entities and on the plain ones. */
export type SimpleOperation =
  | {
      readonly name: 'find' | 'findAndCount' | 'findOne';
      readonly model: TwinName;
      readonly find: FindShape;
    }
  | {
      readonly name: 'count' | 'exists' | 'delete';
      readonly model: TwinName;
      readonly where: Condition;
    }
  | { readonly name: 'joined'; readonly model: TwinName; readonly where: Row }
  | { readonly name: 'save' | 'insert'; readonly model: TwinName; readonly rows: readonly Row[] }
  | { readonly name: 'change'; readonly model: TwinName; readonly where: Row; readonly data: Row }
  | { readonly name: 'remove'; readonly model: TwinName; readonly where: Row }
  | {
      readonly name: 'update';
      readonly model: TwinName;
      readonly where: Condition;
      readonly data: Row;
    }
  | {
      readonly name: 'upsert';
      readonly model: TwinName;
      readonly row: Row;
      readonly on: readonly string[];
    }
  | {
      readonly name: 'increment';
      readonly model: TwinName;
      readonly where: Row;
      readonly column: string;
    };

/** In a transaction, what fails or is refused undoes all of it. */
export type Operation =
  | SimpleOperation
  | {
      readonly name: 'transaction';
      readonly operations: readonly SimpleOperation[];
      /** `false`: it is rolled back by the application. */
      readonly isKept: boolean;
    };
