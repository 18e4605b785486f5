import { FieldsealError } from '@fieldseal/core';
import type { Run } from './field-job.ts';
import { fillUnready, proveTokens } from './prove-tokens.ts';
import { resealRows } from './re-encrypt.ts';
import { rotateTokens } from './rotate-tokens.ts';
import {
  checkPlaintext,
  fillTokens,
  openRows,
  sealRows,
  verifyPhase,
  verifyRows,
} from './steps.ts';

type Step = (run: Run) => Promise<unknown>;

const verifyCells: Step = (run) => verifyRows(run, 'cells');

/** What a worker does with the rows of its shard, by the kind and the step of the job. */
const STEPS: Readonly<Record<string, Step>> = {
  're-encrypt cells': (run) => resealRows(run),
  'encrypt-existing check': checkPlaintext,
  'encrypt-existing tokens': (run) => fillTokens(run),
  'encrypt-existing cells': sealRows,
  'encrypt-existing verify': verifyCells,
  'decrypt-back plaintext': openRows,
  'decrypt-back verify': (run) => verifyRows(run, 'plaintext'),
  'build-index tokens': fillUnready,
  'build-index proof': proveTokens,
  'rotate-index tokens': rotateTokens,
  'verify verify': verifyPhase,
};

/** @throws `ERR_JOB_REFUSED` for what this version does not know */
export function stepOf(kind: string, step: string): Step {
  const found = STEPS[`${kind} ${step}`];
  if (found !== undefined) return found;
  const message = `This worker does not know the step ${step} of ${kind}: it is of another version`;
  throw new FieldsealError('ERR_JOB_REFUSED', message, { reason: kind });
}
