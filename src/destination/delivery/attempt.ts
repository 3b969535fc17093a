import type { Connector, Delivery, Outcome } from '../../connectors/connector.ts'

/**
 * One attempt for each. A connector that throws has a bug; the others shall not go down with it. Its message may quote a
 * key: only its name is told.
 *
 * @returns one outcome for each, in the same order. Never rejects.
 */
export async function attempt(
  { name, deliver }: Pick<Connector, 'name' | 'deliver'>,
  batch: readonly Delivery[],
): Promise<readonly Outcome[]> {
  try {
    const outcomes = await deliver(batch)
    return batch.map((_, place) => outcomes[place] ?? unsaid(name))
  } catch (error) {
    return batch.map(() =>
      retry(`${name} broke while delivering (${error instanceof Error ? error.name : typeof error})`),
    )
  }
}

/** Of a delivery of which a connector said nothing. */
export function unsaid(connector: string): Outcome {
  return retry(`${connector} gave no outcome for this delivery`)
}

function retry(reason: string): Outcome {
  return { kind: 'retry', reason }
}
