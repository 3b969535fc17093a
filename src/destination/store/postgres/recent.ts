/** What was used lately, and not much more than that. */
export interface Recent<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
  clear(): void
}

/** @param most - as many are kept for certain, and at most twice as many. */
export function createRecent<Value>(most: number): Recent<Value> {
  let [younger, older] = [new Map<string, Value>(), new Map<string, Value>()]
  const set = (key: string, value: Value) => {
    if (younger.size >= most) [younger, older] = [new Map(), younger]
    younger.set(key, value)
  }
  return {
    set,
    get: key => {
      const young = younger.get(key)
      if (young !== undefined) return young
      const old = older.get(key)
      if (old !== undefined) set(key, old)
      return old
    },
    delete: key => {
      younger.delete(key)
      older.delete(key)
    },
    clear: () => {
      younger.clear()
      older.clear()
    },
  }
}
