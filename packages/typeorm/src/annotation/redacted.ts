/**
 * Base of what holds plaintext between entity and statement: however it is printed, logged or
 * serialised, only its label is seen. The plaintext is in a private field of the subclass, which
 * `structuredClone` leaves behind as well.
 */
export abstract class Redacted {
  protected abstract get label(): string;

  static {
    const inspect = Symbol.for('nodejs.util.inspect.custom');
    Object.defineProperty(Redacted.prototype, inspect, { value: Redacted.prototype.toString });
  }

  toString(): string {
    return `[${this.label}]`;
  }

  toJSON(): string {
    return this.toString();
  }
}
