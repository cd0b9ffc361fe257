import { RULE_OUTCOMES } from '../domain/outcome.ts'
import type { CsvProfile } from '../detector/csv-profile.ts'
import { METADATA_COLUMNS } from '../training-data/metadata-columns.ts'
import { DISTINCT_LIMIT } from '../training-data/column-profile.ts'
import type { Deployed } from '../detector/deploy-detector.ts'
import type { Destroyed } from '../detector/destroy-detector.ts'
import type { ModelMetrics, Prediction } from '../detector/detector-builder.ts'
import type { DetectorNames, DetectorPlan } from '../detector/detector-plan.ts'
import type { RuleThresholds } from '../detector/detector-rules.ts'
import type { DetectorState } from '../detector/detector-state.ts'
import { shownColumn, shownLabel } from '../detector/shown-name.ts'
import { hasHeader, type Finding } from '../detector/training-data-check.ts'
import { percent, textTable } from './text-table.ts'

/** What training data hold, and what is to be known about them. */
export function profileText (profile: CsvProfile, plan: DetectorPlan | undefined, findings: readonly Finding[]): string {
  const { rows, columns, labels, timestamps: { firstMs, lastMs } } = profile
  const told = findings.map(({ level, column, text }) => `${level}: ${column === null ? 'the file' : shownColumn(profile, column)} ${text}`)
  if (!hasHeader(profile)) return told.join('\n')
  const typeOf = (name: string): string => {
    if (METADATA_COLUMNS.has(name)) return ''
    const variable = plan?.variables.find((one) => one.name === name)
    return variable === undefined ? '-' : plan?.modelVariables.includes(name) === true ? variable.type : `${variable.type}, not in the model`
  }
  const day = (ms: number | null): string => ms === null ? '?' : new Date(ms).toISOString().slice(0, 10)
  return [
    textTable([['column', 'missing', 'values', 'type'], ...columns.map((column) => [
      shownColumn(profile, column.name), percent(rows === 0 ? 0 : column.nulls / rows), `${column.distinct}${column.distinct >= DISTINCT_LIMIT ? '+' : ''}`, typeOf(column.name)
    ])]),
    `labels: ${labels.map((label) => `${shownLabel(label.value)} ${label.rows} (${percent(label.rows / rows)})`).join(', ') || 'none'}; events from ${day(firstMs)} to ${day(lastMs)}`,
    ...told
  ].join('\n')
}

/** The false-positive rates that the table tells of. */
const SHOWN_RATES = [0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.1]

/** How good a model is: its AUC, and what is caught at which price. */
export function metricsText ({ auc, aucRange, points, importance }: ModelMetrics, modelVersion: string, thresholds?: RuleThresholds): string {
  const shown = SHOWN_RATES.flatMap((rate) => {
    const point = points.findLast(({ falsePositiveRate }) => falsePositiveRate <= rate)
    return point === undefined ? [] : [point]
  }).filter((point, index, all) => all.indexOf(point) === index)
  return [
    `model version ${modelVersion}: AUC ${auc.toFixed(3)}${aucRange === null ? '' : ` (${aucRange.low.toFixed(3)} to ${aucRange.high.toFixed(3)})`}`,
    textTable([
      ['false positives', 'frauds caught', 'precision', 'score above'],
      ...shown.map(({ falsePositiveRate, truePositiveRate, precision, threshold }) => [percent(falsePositiveRate), percent(truePositiveRate), percent(precision), String(threshold)])
    ]),
    ...(importance.length === 0 ? [] : [`strongest variables: ${importance.slice(0, 6).map(({ variable }) => variable).join(', ')}`]),
    ...(thresholds === undefined ? [] : [`rules: fraud above ${thresholds.fraudAbove}, investigate above ${thresholds.investigateAbove}, else approve`])
  ].join('\n')
}

/** How a deployment ended, with the settings by which the service uses the detector. */
export function deployedText (deployed: Deployed): string {
  const { plan: { names, outcomes, labels }, modelVersion } = deployed
  if (deployed.state === 'training') return `Model version ${modelVersion} is being trained. Run the same command again to go on; \`ringfence detector status\` tells how far it is.`
  return [
    deployed.hasChanged ? `Detector ${names.detectorId}, version ${deployed.detectorVersion}, is active.` : `Nothing to do: detector ${names.detectorId}, version ${deployed.detectorVersion}, is active and as you ask for.`,
    ...(deployed.olderActiveModels.length === 0 ? [] : [`Still active, and charged for, so that you can go back: model version ${deployed.olderActiveModels.join(', ')}.`]),
    '',
    'RINGFENCE_SCORER=frauddetector',
    `RINGFENCE_FD_DETECTOR=${names.detectorId}`,
    `RINGFENCE_FD_EVENT_TYPE=${names.eventType}`,
    `RINGFENCE_FD_ENTITY_TYPE=${names.entityType}`,
    `RINGFENCE_FD_OUTCOMES=${RULE_OUTCOMES.map((outcome) => `${outcomes[outcome]}=${outcome}`).join(',')}`,
    'RINGFENCE_FD_FEEDBACK=true',
    `RINGFENCE_FD_LABELS=fraud=${labels.fraud[0] ?? ''},genuine=${labels.legit[0] ?? ''}`
  ].join('\n')
}

/** What of a detector exists. */
export function stateText ({ detector, versions, rules, model, modelVersions, eventType }: DetectorState, names: DetectorNames): string {
  const ruleText = (ruleId: string, version: string): string => {
    const rule = rules.find((one) => one.ruleId === ruleId && one.version === version)
    return `    ${ruleId} ${version}: ${rule === undefined ? '?' : `${rule.expression} -> ${rule.outcomes.join(', ')}`}`
  }
  return [
    detector === undefined ? `detector ${names.detectorId}: none` : `detector ${detector.detectorId}, event type ${detector.eventType}`,
    ...versions.flatMap((version) => [
      `  version ${version.version}: ${version.status}, ${version.models.map(({ modelId, version }) => `model ${modelId} ${version}`).join(', ') || 'no model'}`,
      ...(version.status === 'active' ? version.rules.map((rule) => ruleText(rule.ruleId, rule.version)) : [])
    ]),
    model === undefined ? `model ${names.modelId}: none` : `model ${model.modelId}`,
    ...modelVersions.flatMap(({ version, status, metrics, dataLocation, messages }) => [
      `  version ${version}: ${status}${metrics === null ? '' : `, AUC ${metrics.auc.toFixed(3)}`}${dataLocation === null ? '' : `, ${dataLocation}`}`,
      ...(status === 'failed' ? messages.map((message) => `    ${message}`) : [])
    ]),
    eventType === undefined
      ? `event type ${names.eventType}: none`
      : `event type ${eventType.name}: ${eventType.variables.length} variables, labels ${eventType.labels.join(', ')}, entity type ${eventType.entityTypes.join(', ')}, ${eventType.storesEvents ? 'stores' : 'does not store'} its events`
  ].join('\n')
}

/** What a detector says of one event. */
export function predictionText ({ scores, matchedRules }: Prediction, eventId: string, leftOut: readonly string[]): string {
  return [
    ...Object.entries(scores).map(([name, score]) => `${name}  ${score}`),
    ...matchedRules.map(({ ruleId, outcomes }) => `rule ${ruleId}  ${outcomes.join(', ')}`),
    ...(matchedRules.length === 0 ? ['no rule matches: no outcome'] : []),
    ...(leftOut.length === 0 ? [] : [`not in the event type, and left out: ${leftOut.join(', ')}`]),
    `event ${eventId}`
  ].join('\n')
}

/** What a clearing-away did, and what stays. */
export function destroyedText ({ deleted, kept, left }: Destroyed, { detectorId }: DetectorNames): string {
  return [
    deleted.length === 0 ? `Nothing of detector ${detectorId} was there to delete.` : `Deleted ${deleted.length === 1 ? '1 thing' : `${deleted.length} things`} of detector ${detectorId}.`,
    ...kept.map(({ thing, why }) => `kept: ${thing}: ${why}`),
    ...left.map(({ thing, why }) => `left: ${thing}: ${why}`)
  ].join('\n')
}
