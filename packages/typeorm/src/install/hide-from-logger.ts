import type { Logger, QueryRunner } from 'typeorm';
import { hideDetail } from './hide-detail.ts';

const guarded = new WeakSet<Logger>();

/**
 * TypeORM hands an error of the database to its logger before any subscriber sees it, so the logger
 * is given it without what it quotes. A logger can serve many data sources, and a data source can
 * get another one at any time; each is guarded once.
 */
export function hideFromLogger(logger: Logger): void {
  if (guarded.has(logger)) return;
  guarded.add(logger);
  const log = logger.logQueryError;
  Object.assign(logger, {
    logQueryError(
      this: Logger,
      error: string | Error,
      query: string,
      parameters?: unknown[],
      queryRunner?: QueryRunner,
    ) {
      if (queryRunner !== undefined) hideDetail(queryRunner.dataSource, error, parameters);
      return log.call(this, error, query, parameters, queryRunner);
    },
  });
}
