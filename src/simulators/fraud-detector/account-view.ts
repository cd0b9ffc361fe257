import type { Account } from './account.ts'
import { presentModelVersionDetail } from './model-version-view.ts'

/** Everything that an account has, as the control API shows it: the service's own shapes, metrics left out. */
export function presentAccount (account: Account) {
  return {
    variables: [...account.variables.values()],
    labels: [...account.labels.values()],
    entityTypes: [...account.entityTypes.values()],
    outcomes: [...account.outcomes.values()],
    eventTypes: [...account.eventTypes.values()],
    models: [...account.models.values()],
    modelVersions: [...account.modelVersions.values()].map(version => {
      const { trainingResult, trainingResultV2, ...rest } = presentModelVersionDetail(version)
      return rest
    }),
    externalModels: [...account.externalModels.values()],
    detectors: [...account.detectors.values()],
    rules: [...account.rules.values()].map(({ compiled, ...rule }) => rule),
    detectorVersions: [...account.detectorVersions.values()],
    events: [...account.events.values()]
  }
}
