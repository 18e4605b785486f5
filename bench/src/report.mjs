import Table from 'cli-table3';

/**
 * One measured ratio. Lower is better, for `ratio` and `target` alike.
 *
 * @typedef {{ bench: string, ratio: number, target?: number, measured: string, against: string,
 *   us?: number, note?: string }} Finding
 */

/** Collects findings, then prints them as a table for people or one JSON object a line. */
export function createReport({ json }) {
  /** @type {Finding[]} */
  const findings = [];
  return {
    /** @param {Finding} finding */
    add(finding) {
      findings.push(finding);
      if (json) process.stdout.write(`${JSON.stringify(asLine(finding))}\n`);
    },
    print() {
      if (json) return;
      const table = new Table({
        head: ['bench', 'measured', 'against', 'ratio', 'target', 'met', 'us', 'note'],
        style: { head: [], border: [] },
      });
      for (const finding of findings) table.push(asRow(finding));
      process.stdout.write(`${table.toString()}\n`);
    },
  };
}

const MET = new Map([
  [true, 'yes'],
  [false, 'NO'],
]);

function asRow(finding) {
  const { bench, measured, against, ratio, target = '', met, us = '', note = '' } = asLine(finding);
  return [bench, measured, against, ratio, target, MET.get(met) ?? '', us, note];
}

function asLine(finding) {
  const ratio = Number(finding.ratio.toFixed(3));
  return {
    ...finding,
    ratio,
    ...(finding.us === undefined ? {} : { us: Number(finding.us.toFixed(3)) }),
    ...(finding.target === undefined ? {} : { met: ratio <= finding.target }),
    node: process.versions.node,
  };
}
