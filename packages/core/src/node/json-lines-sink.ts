import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { auditLine } from '../audit/audit-line.ts';
import type { AuditSink } from '../audit/audit-sink.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { systemCode } from './system-code.ts';

export interface JsonLinesSinkOptions {
  /** Made when missing, mode 0600. May be renamed at any time: the next entries begin a new one. */
  readonly path: string;
  /**
   * `batch`: what was written is flushed to the disk before it counts as kept; at most one flush
   * for each batch of entries. `never`: left to the system, a crash of the machine may lose it.
   * @defaultValue `batch`
   */
  readonly sync?: 'batch' | 'never';
}

const LINE_END = 0x0a;

function unusable(reason: string): FieldsealError {
  const message = 'The audit file cannot be written';
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'path', reason });
}

/** A crash may have left half a line: it must not swallow the next one. */
async function endsWithLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const last = new Uint8Array(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] === LINE_END;
}

/**
 * Writes entries and checkpoints of the audit trail to a file, one line of JSON for each. After a
 * failure entries are written again: a reader drops lines that it has seen.
 *
 * @throws `ERR_CONFIG_INVALID` from its methods; `meta.reason` has the system's code. The trail turns
 * it into `ERR_AUDIT_UNAVAILABLE`.
 *
 * @example
 * ```ts
 * import { jsonLinesSink } from '@fieldseal/core/node';
 *
 * const sink = jsonLinesSink({ path: '/var/log/my-app/fieldseal-audit.jsonl' });
 * ```
 */
export function jsonLinesSink(options: JsonLinesSinkOptions): AuditSink {
  const path = resolve(options.path);

  async function append(lines: readonly string[]): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a+', 0o600);
    try {
      const start = (await endsWithLine(file)) ? '' : '\n';
      await file.appendFile(start + lines.map((line) => `${line}\n`).join(''));
      if (options.sync !== 'never') await file.sync();
    } finally {
      await file.close();
    }
  }

  async function keep(lines: readonly string[]): Promise<void> {
    try {
      await append(lines);
    } catch (error) {
      throw unusable(systemCode(error) ?? 'unwritable');
    }
  }

  return {
    name: 'json-lines',
    write: (rows) => keep(rows.map(auditLine)),
    checkpoint: (row) => keep([auditLine(row)]),
    close() {},
  };
}
