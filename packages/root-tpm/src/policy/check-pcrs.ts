import { invalidOption } from '../invalid-option.ts';

const HIGHEST = 22;
/** Anybody can reset it, so its value says nothing. */
const DEBUG = 16;

/**
 * Registers, lowest first.
 * @throws `ERR_CONFIG_INVALID`
 */
export function checkPcrs(pcrs: readonly number[]): readonly number[] {
  const isUsable = (pcr: number): boolean =>
    Number.isInteger(pcr) && pcr >= 0 && pcr <= HIGHEST && pcr !== DEBUG;
  const isSet = Array.isArray(pcrs) && pcrs.length > 0 && new Set(pcrs).size === pcrs.length;
  if (!isSet || !pcrs.every(isUsable)) {
    const message =
      'Registers are different numbers from 0 to 22; 16 and 23 can be reset by anybody';
    throw invalidOption('pcrs', message);
  }
  return [...pcrs].sort((a, b) => a - b);
}

/**
 * Refuses registers into which nothing was measured: all zeros, or all ones as after power-on. They
 * have the same value on every machine, whatever it has started.
 *
 * @throws `ERR_CONFIG_INVALID`
 */
export function checkMeasured(values: readonly Uint8Array[]): void {
  const isBlank = (value: Uint8Array): boolean =>
    value.every((byte) => byte === 0) || value.every((byte) => byte === 0xff);
  if (values.some(isBlank)) {
    throw invalidOption('pcrs', 'Nothing was measured into one of the registers on this machine');
  }
}
