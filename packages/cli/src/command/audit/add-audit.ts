import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addAuditExport } from './export.ts';
import { addAuditTail } from './tail.ts';
import { addAuditVerify } from './verify.ts';

/** `fieldseal audit`. */
export function addAudit(program: Command, context: CommandContext): void {
  const audit = program.command('audit').description('the trail of everything done with keys');
  for (const add of [addAuditTail, addAuditVerify, addAuditExport]) add(audit, context);
}
