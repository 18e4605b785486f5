import type { Session } from '../table/session.ts';

/**
 * Tables of jobs, in the database of the application: a batch and its cursor are one statement.
 * Nothing in them is secret: keys of rows, counts, codes.
 */
const SQL = `
CREATE SCHEMA IF NOT EXISTS fieldseal_jobs;
CREATE TABLE IF NOT EXISTS fieldseal_jobs.job (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL,
  field text NOT NULL,
  field_id text NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'paused', 'cancelled', 'done', 'refused', 'failed')),
  step text NOT NULL,
  cursor jsonb,
  read bigint NOT NULL DEFAULT 0,
  written bigint NOT NULL DEFAULT 0,
  problems bigint NOT NULL DEFAULT 0,
  error_code text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX IF NOT EXISTS job_unfinished ON fieldseal_jobs.job (field_id)
  WHERE state IN ('running', 'paused');
CREATE TABLE IF NOT EXISTS fieldseal_jobs.report (
  job_id uuid NOT NULL REFERENCES fieldseal_jobs.job ON DELETE CASCADE,
  row_key text NOT NULL,
  class text NOT NULL,
  code text NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (job_id, row_key, code)
);
CREATE TABLE IF NOT EXISTS fieldseal_jobs.shard (
  job_id uuid NOT NULL REFERENCES fieldseal_jobs.job ON DELETE CASCADE,
  number integer NOT NULL,
  after jsonb,
  up_to jsonb,
  cursor jsonb,
  owner uuid,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'failed')),
  read bigint NOT NULL DEFAULT 0,
  written bigint NOT NULL DEFAULT 0,
  missed bigint NOT NULL DEFAULT 0,
  problems bigint NOT NULL DEFAULT 0,
  legacy jsonb NOT NULL DEFAULT '{}',
  error_code text,
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (job_id, number)
);
ALTER TABLE fieldseal_jobs.shard
  ADD COLUMN IF NOT EXISTS sending uuid NOT NULL DEFAULT gen_random_uuid()`;

/** Two sessions that make the same schema at once would trip over each other. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('fieldseal_jobs', 0))`;

/** Makes the tables of jobs where they are missing, and what older ones lack. */
export async function ensureJobTables(session: Session): Promise<void> {
  const [found] = await session.rows(
    `SELECT EXISTS (SELECT FROM pg_attribute
       WHERE attrelid = to_regclass('fieldseal_jobs.shard') AND attname = 'sending') AS "isThere"`,
  );
  if (found?.isThere === true) return;
  await session.rows(`BEGIN; ${LOCK}; ${SQL}; COMMIT`);
}
