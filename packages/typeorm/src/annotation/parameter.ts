import { Redacted } from './redacted.ts';

/**
 * A value on its way into a statement that an asynchronous step still has to finish: a cell to be
 * sealed, a token to be made. The driver knows none of them and asks for {@link Parameter.toPostgres}, which
 * throws unless the value has been finished.
 */
export abstract class Parameter extends Redacted {
  protected get label(): string {
    return 'sealed';
  }

  /**
   * What `pg` binds in place of the object.
   * @throws FieldsealError `ERR_NOT_WIRED` when nothing has finished it
   */
  abstract toPostgres(): unknown;
}
