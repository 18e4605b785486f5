import pg from 'pg';

/** Statements that this process has sent through pg, which application and key store share. */
let sent = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function countedQuery(...args) {
  sent += 1;
  return query.apply(this, args);
};

/** Statements that were sent on any connection while `work` ran. */
export async function countStatements(work) {
  const before = sent;
  await work();
  return sent - before;
}
