import { entriesOf, isEntries, listOf, type Entries } from './flow-shape.ts'
import { convertModule, LEGACY_MODULES, type LegacyModule, type ModuleContext } from './legacy-modules.ts'

/** Whether a document is a flow as the console exported it before the flow language: a list of `modules`. */
export function isLegacyExport (document: unknown): boolean {
  return isEntries(document) && Array.isArray(document['modules'])
}

/**
 * Converts a legacy export to the flow language, version 2019-10-30. Ids are kept as Identifiers, positions and texts of conditions as
 * metadata, the order as it is. An error branch that the old format did not have goes where success goes.
 * @throws Error naming each module, by id and type, of which something could not be taken over
 */
export function convertLegacyExport (document: unknown, context: ModuleContext = {}): Entries {
  if (!isLegacyExport(document)) throw new Error('This is no legacy export: it has no list of modules.')
  const { modules, start, metadata } = document as Entries
  const faults: string[] = []
  const actions: Entries[] = []
  const drawings: Array<[string, Entries]> = []
  for (const [index, entry] of (modules as unknown[]).entries()) {
    const module = readModule(entry)
    if (module === undefined) {
      faults.push(`module ${index + 1} is not an object with id and type`)
      continue
    }
    try {
      actions.push({ Identifier: module.id, ...convertModule(module, context) })
      drawings.push([module.id, drawing(module, context)])
    } catch (error) {
      if (!(error instanceof Error)) throw error
      faults.push(`module ${module.id} of type ${[module.type, module.target].filter(Boolean).join(' ')}: ${error.message}`)
    }
  }
  if (faults.length > 0) throw new Error(`The flow cannot be converted:\n${faults.map(fault => `- ${fault}`).join('\n')}\nModules that can: ${LEGACY_MODULES.join(', ')}.`)

  const { entryPointPosition, name, description, type, status } = entriesOf(metadata)
  return {
    Version: '2019-10-30',
    StartAction: start,
    Metadata: {
      entryPointPosition: entryPointPosition ?? { x: 20, y: 20 },
      ActionMetadata: Object.fromEntries(drawings),
      Annotations: [],
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof description === 'string' ? { description } : {}),
      type: type ?? 'contactFlow',
      status: status ?? 'published',
      hash: {}
    },
    Actions: actions
  }
}

function readModule (entry: unknown): LegacyModule | undefined {
  if (!isEntries(entry)) return undefined
  const { id, type, target, branches, parameters, metadata } = entry
  if (typeof id !== 'string' || typeof type !== 'string') return undefined
  return { id, type, target: typeof target === 'string' ? target : null, branches: listOf(branches) as unknown as LegacyModule['branches'], parameters: listOf(parameters) as unknown as LegacyModule['parameters'], metadata }
}

const NAMED_PARAMETERS: Readonly<Record<string, string>> = { Queue: 'QueueId', FunctionArn: 'LambdaFunctionARN', ContactFlowId: 'ContactFlowId' }

/** Where the block stands in the designer, what it shows of its conditions, and by which names an import finds its resources. */
function drawing ({ metadata, type, parameters }: LegacyModule, { bridgeArn }: ModuleContext): Entries {
  const { position, conditionMetadata } = entriesOf(metadata)
  const names = parameters.flatMap(({ name, resourceName }) => {
    // The name of a function that another stands in for would find the wrong one.
    const isReplaced = name === 'FunctionArn' && bridgeArn !== undefined
    const parameter = type === 'SetEventHook' || isReplaced || !Object.hasOwn(NAMED_PARAMETERS, name) ? undefined : NAMED_PARAMETERS[name]
    return parameter === undefined || typeof resourceName !== 'string' || resourceName === '' ? [] : [[parameter, { displayName: resourceName }] as const]
  })
  return {
    ...(position === undefined ? {} : { position }),
    ...(conditionMetadata === undefined ? {} : { conditionMetadata }),
    ...(names.length === 0 ? {} : { parameters: Object.fromEntries(names) })
  }
}
