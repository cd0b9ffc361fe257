import { createHash } from 'node:crypto'
import type { Account, ExternalModel, ScoredEvent } from './account.ts'
import { resourceUnavailable } from './refusal.ts'

/** The variables that an external model's answer fills. */
export function outputVariables ({ outputConfiguration: { jsonKeyToVariableMap, csvIndexToVariableMap } }: Pick<ExternalModel, 'outputConfiguration'>): string[] {
  return Object.values(jsonKeyToVariableMap ?? csvIndexToVariableMap ?? {})
}

/**
 * Asks an external model; values are texts and may end with a newline, as recorded from the service (AWS's sample notebooks).
 * A model without a function of its own gives each event the same number from 0 to 1 every time, drawn from the event itself.
 * @throws AwsFault ResourceUnavailableException when it fails
 */
export function askExternalModel (account: Account, endpoint: string, event: ScoredEvent): Record<string, string> {
  const model = account.externalModels.get(endpoint)
  if (model === undefined || model.modelEndpointStatus === 'DISSOCIATED') throw resourceUnavailable(`The external model ${endpoint} is not associated.`)
  const ask = account.externalModelFunctions.get(endpoint)
  if (ask === undefined) return Object.fromEntries(outputVariables(model).map(variable => [variable, `${drawShare([endpoint, variable, ...Object.entries(event.variables).sort()])}\n`]))
  try {
    return ask(event)
  } catch (error) {
    throw resourceUnavailable(`Invoking the external model ${endpoint} failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function drawShare (parts: unknown): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readUInt32BE() / 2 ** 32
}
