/** Dihedral group of order 10, and the permutation of each position (Verhoeff, 1969). */
const MULTIPLY = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const PERMUTE = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];
const INVERSE = '0432156789';

function at(table: readonly string[], row: number, column: number): number {
  return Number(table[row % table.length]?.charAt(column));
}

function verhoeffState(digits: string, start: number): number {
  let state = 0;
  for (const [i, digit] of [...digits].reverse().entries()) {
    state = at(MULTIPLY, state, at(PERMUTE, i + start, Number(digit)));
  }
  return state;
}

/** Appends the check digit that Aadhaar numbers end with. */
export function withVerhoeffDigit(digits: string): string {
  return digits + INVERSE.charAt(verhoeffState(digits, 1));
}

/** Whether the last digit is the check digit of the others. */
export function isVerhoeff(digits: string): boolean {
  return verhoeffState(digits, 0) === 0;
}

/** Appends the check digit that card numbers end with (ISO/IEC 7812, Luhn). */
export function withLuhnDigit(digits: string): string {
  let sum = 0;
  for (const [i, digit] of [...digits].reverse().entries()) {
    const value = Number(digit) * (i % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return digits + String((10 - (sum % 10)) % 10);
}
