import type { Session } from './session.ts';

/** Transactions that may see rows as they were at a moment, and a place in the log that is behind it. */
export interface Readers {
  /** Of a snapshot that was taken then: what was committed before it has lower numbers. */
  readonly fence: string;
  readonly transactions: readonly string[];
  readonly lsn: string;
}

/**
 * Every transaction holds a lock of its own, also before it has a number; `pg_locks` shows those of all users.
 * Vacuuming is one, and reads nothing that it gives to anybody.
 */
const NOW = `
SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS "fence", pg_current_wal_insert_lsn()::text AS "lsn",
       ARRAY(SELECT l.virtualtransaction FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
              WHERE l.locktype = 'virtualxid' AND l.granted AND l.pid <> pg_backend_pid()
                AND a.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND a.backend_type IS DISTINCT FROM 'autovacuum worker') AS "transactions"`;

/** An open transaction whose snapshots are all newer is one no more, where we may see that. */
const LEFT = `
SELECT (SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
         WHERE l.locktype = 'virtualxid' AND l.granted AND l.virtualtransaction = ANY ($2::text[])
           AND (a.backend_start IS NULL OR age(a.backend_xmin) > age($1::xid8::xid)))
     + (SELECT count(*) FROM pg_stat_replication WHERE replay_lsn < $3::pg_lsn) AS "n"`;

/** Who reads this database now. */
export async function readersNow(session: Session): Promise<Readers> {
  const [row] = await session.rows(NOW);
  return {
    fence: String(row?.fence),
    transactions: row?.transactions as readonly string[],
    lsn: String(row?.lsn),
  };
}

/** How many of them are left, and how many replicas that have not replayed what was written until then. */
export async function readersLeft(session: Session, readers: Readers): Promise<number> {
  const { fence, transactions, lsn } = readers;
  const [row] = await session.rows(LEFT, [fence, transactions, lsn]);
  return Number(row?.n);
}
