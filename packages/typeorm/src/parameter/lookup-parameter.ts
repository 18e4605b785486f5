import { createHash } from 'node:crypto';
import type { LookupOp, Predicate } from '@fieldseal/core';
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

  bind({ tokens }: Predicate): void {
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
