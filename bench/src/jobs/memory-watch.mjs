/** Watches what a job that reads so many rows takes of memory: hand it over as `onProgress`. */
export function createMemoryWatch({ rows }) {
  let early = 0;
  let late = 0;
  return {
    onProgress({ read }) {
      const { rss } = process.memoryUsage();
      if (read <= rows / 10) early = Math.max(early, rss);
      else late = Math.max(late, rss);
    },
    ratio: () => late / early,
    note: () => `${Math.round(late / 2 ** 20)} MiB`,
  };
}
