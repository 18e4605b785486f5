/** How long so many rows take at a rate: `7s`, `3m05s`, `2h40m`; `?` while there is no rate. */
export function timeLeft(rows: number, rowsPerSecond: number): string {
  if (rowsPerSecond <= 0) return '?';
  const seconds = Math.ceil(Math.max(0, rows) / rowsPerSecond);
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds}s`;
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}
