import { Transform } from 'node:stream';
import type { ObjectLiteral, QueryRunner, SelectQueryBuilder } from 'typeorm';
import { bindQuery } from './bind-query.ts';
import { finishRawRows, openRawRows, type RawRow } from './open-raw-rows.ts';
import { contextOf } from './query-context.ts';
import type { SealedSelection } from './sealed-selection.ts';

type Stream = Awaited<ReturnType<SelectQueryBuilder<ObjectLiteral>['stream']>>;

export interface StreamOptions {
  readonly builder: SelectQueryBuilder<ObjectLiteral>;
  /** The connection of the stream; given back by whoever made it. */
  readonly queryRunner: QueryRunner;
  start(): Promise<Stream>;
  /** Known once the statement was built. */
  selections(): readonly SealedSelection[];
}

/** Rows that are opened together: one batch of keys for each. */
const BATCH_ROWS = 100;

/** Opens the rows of a stream on their way; an error of opening is an error of the stream. */
export async function openStream(options: StreamOptions): Promise<Stream> {
  const { builder, queryRunner, start, selections } = options;
  const { dataSource, expressionMap } = builder;
  // TypeORM tells subscribers nothing of a stream, so its parameters are bound before it starts
  await bindQuery(dataSource, queryRunner, Object.values(expressionMap.parameters));
  const source = await start();
  const context = contextOf(dataSource);
  if (context === undefined || selections().length === 0) return source;
  let batch: RawRow[] = [];
  const open = async (to: Transform): Promise<void> => {
    const rows = batch;
    batch = [];
    await openRawRows(context.codec, selections(), rows);
    finishRawRows(selections(), rows);
    for (const row of rows) to.push(row);
  };
  const opened = new Transform({
    objectMode: true,
    transform(row: RawRow, _encoding, done) {
      batch.push(row);
      if (batch.length < BATCH_ROWS) done();
      else open(this).then(() => done(), done);
    },
    flush(done) {
      open(this).then(() => done(), done);
    },
    destroy(error, done) {
      if (source.closed) return done(error);
      // the connection is free only when the cursor is closed
      source.once('close', () => done(error));
      source.destroy();
    },
  });
  source.on('error', (error) => opened.destroy(error));
  return source.pipe(opened) as unknown as Stream;
}
