const NOT_ASCII_DIGITS = /[^0-9]/;
const DECIMAL_DIGIT = /^\p{Nd}$/u;

/**
 * Digits of a script come in runs of ten from zero upwards, and runs that touch are whole too
 * (Unicode 4.6, stability policy), so the distance from the start of the run gives the value.
 */
function digitValue(codePoint: number): number {
  let distance = 0;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(codePoint - distance - 1))) distance += 1;
  return distance % 10;
}

/**
 * Keeps decimal digits and writes them as 0-9, whatever script they are in: compatibility forms
 * leave Devanagari digits as they are.
 */
export function normalizeDigits(value: string): string {
  if (!NOT_ASCII_DIGITS.test(value)) return value;
  let digits = '';
  for (const character of value) {
    if (character >= '0' && character <= '9') digits += character;
    else if (character > '\u007f' && DECIMAL_DIGIT.test(character)) {
      digits += digitValue(character.codePointAt(0) as number);
    }
  }
  return digits;
}
