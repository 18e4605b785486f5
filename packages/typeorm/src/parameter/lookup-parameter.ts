import { createHash } from 'node:crypto';
import { FieldsealError, type LookupOp, type Predicate } from '@fieldseal/core';
import { Parameter } from '../annotation/parameter.ts';
import { asBuffer, notBound, redactedOnce } from './driver-value.ts';

/** The tokens of one lookup in the place of an SQL parameter: one token, or a list for `= ANY`. */
export class LookupParameter extends Parameter {
  readonly #operation: string;
  readonly #op: LookupOp;
  readonly #isList: boolean;
  #tokens: readonly Buffer[] | undefined;

  constructor(operation: string, op: LookupOp, isList: boolean) {
    super();
    this.#operation = operation;
    this.#op = op;
    this.#isList = isList;
  }

  get operation(): string {
    return this.#operation;
  }

  get op(): LookupOp {
    return this.#op;
  }

  /** @throws `ERR_STORE_CONFLICT` where the statement was written for one token, and there are two by now */
  bind({ tokens }: Predicate): void {
    if (!this.#isList && tokens.length > 1) {
      const message = 'The index began to rotate while the statement was made: send it again';
      throw new FieldsealError('ERR_STORE_CONFLICT', message, { operation: this.#operation });
    }
    this.#tokens = tokens.map((token) => asBuffer(token) as Buffer);
  }

  override toPostgres(): unknown {
    if (this.#tokens === undefined) throw notBound();
    return this.#isList ? this.#tokens : this.#tokens[0];
  }

  /**
   * TypeORM's query cache finds results by the JSON of the parameters, so other values must give
   * other text: a hash of the tokens, which says nothing more than they do.
   */
  override toJSON(): string {
    if (this.#tokens === undefined) return redactedOnce();
    const hash = createHash('sha256');
    for (const token of this.#tokens) hash.update(token);
    return `${this.toString()} ${hash.digest('base64url')}`;
  }
}
