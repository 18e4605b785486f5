/**
 * Runs candidates side by side: every round calls each of them once, in a fresh random order, so
 * that a noisy neighbour hits all alike. Medians over the rounds; only ratios are meaningful.
 *
 * @param {Record<string, () => unknown>} candidates One call each; may be async.
 * @param {{ rounds: number, warmUp?: number, between?: () => unknown }} options
 * @returns {Promise<Record<string, { medianMs: number, p95Ms: number }>>}
 */
export async function sideBySide(candidates, { rounds, warmUp = 3, between }) {
  const names = Object.keys(candidates);
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const name of shuffled(names)) {
      const started = process.hrtime.bigint();
      await candidates[name]();
      const elapsedMs = Number(process.hrtime.bigint() - started) / 1e6;
      if (round >= 0) samples[name].push(elapsedMs);
      if (between !== undefined) await between(name);
    }
  }
  return Object.fromEntries(
    names.map((name) => [
      name,
      { medianMs: quantile(samples[name], 0.5), p95Ms: quantile(samples[name], 0.95) },
    ]),
  );
}

/** One call after the other, `times` of them: what a single caller sees. */
export function repeated(call, times) {
  return async () => {
    for (let i = 0; i < times; i++) await call();
  };
}

function shuffled(names) {
  const order = [...names];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}
