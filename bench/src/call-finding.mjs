/** What one call of the key service took, in microseconds. */
export function callFinding(name, us) {
  return {
    bench: `kms-${name}-us`,
    ratio: us,
    measured: name,
    against: '1 us',
    us,
    note: `${Math.round(1e6 / us)} a second`,
  };
}
