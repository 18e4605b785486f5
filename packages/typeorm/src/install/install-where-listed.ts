import { DataSource } from 'typeorm';
import { install, isInstalled, requirePostgres } from './install.ts';
import { Subscriber } from './subscriber.ts';

interface Metadatas {
  buildMetadatas(): Promise<void>;
}

let isWatching = false;

/**
 * TypeORM makes listed subscribers with no word about the data source, and its first event is a
 * query, when builders and schema have been used unguarded. So from the first listed subscriber on
 * every data source is looked at when its metadata is built: before anything can be asked of it.
 */
export function installWhereListed(): void {
  if (isWatching) return;
  isWatching = true;
  const prototype = DataSource.prototype as unknown as Metadatas;
  const build = prototype.buildMetadatas;
  Object.assign(prototype, {
    async buildMetadatas(this: DataSource & Metadatas) {
      await build.call(this);
      const listed = this.subscribers.find((each) => each instanceof Subscriber);
      if (listed === undefined || isInstalled(this)) return;
      requirePostgres(this);
      install(this, Subscriber.optionsOf(listed));
      await this.buildMetadatas();
    },
  });
}
