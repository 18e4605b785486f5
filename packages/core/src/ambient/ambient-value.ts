/** A value that holds for everything that is called from some work, across `await`. */
export interface AmbientValue<Value> {
  /** The value of the innermost `run` around the caller; the one outside of any otherwise. */
  current(): Value;
  /** Runs `work` with this value; what `work` returns is awaited inside. */
  run<T>(value: Value, work: () => T | PromiseLike<T>): Promise<T>;
}

/**
 * Makes an ambient value of its own. Chosen by the package's `#ambient` import condition.
 * @param outside - What holds where no `run` is around.
 */
export type CreateAmbientValue = <Value>(outside: Value) => AmbientValue<Value>;
