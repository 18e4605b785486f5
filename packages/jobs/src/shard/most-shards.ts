/** The most parts that a table is cut into. */
export const MOST_SHARDS = 256;
