import Table from 'cli-table3';
import pc from 'picocolors';

export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Heading of one part of the story. */
export function title(text: string): void {
  say(`\n${pc.bold(text)}`);
}

export function good(text: string): void {
  say(`  ${pc.green('✓')} ${text}`);
}

export function shorten(value: unknown, length = 34): string {
  const text =
    value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : String(value);
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** Names on the left, values on the right. */
export function list(rows: Readonly<Record<string, unknown>>): void {
  const table = new Table({
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '   ',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const [name, value] of Object.entries(rows)) table.push([pc.dim(name), String(value)]);
  say(table.toString());
}

/** Milliseconds with one digit. */
export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}
