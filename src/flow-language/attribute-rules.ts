import { findReferences, splitReference } from './attribute-reference.ts'
import type { FlowGraph } from './flow-graph.ts'
import type { FlowProblem, Severity } from './flow-problem.ts'
import { entriesOf, findTexts } from './flow-shape.ts'

/** Contact attributes that somebody outside the flow knows. */
export interface KnownAttributes {
  /** Those that come with each contact; nothing is said about unknown ones when absent. */
  sent?: readonly string[]
  /** Those that are read after the flow has set them. */
  readLater?: readonly string[]
}

/** Attributes that are read and come from nowhere, and those that are set for nobody. */
export function checkAttributes (graph: FlowGraph, { sent, readLater = [] }: KnownAttributes): FlowProblem[] {
  const blocks = [...graph.blocks.values()]
  const reads = blocks.flatMap(({ id, parameters }) => findTexts(parameters).flatMap(({ text }) => attributesIn(text)).map(name => ({ block: id, name })))
  const sets = blocks.filter(({ type }) => type === 'UpdateContactAttributes').flatMap(({ id, parameters }) => Object.keys(entriesOf(parameters['Attributes'])).map(name => ({ block: id, name })))
  const known = [...sent ?? [], ...sets.map(({ name }) => name)]
  const unsent = sent === undefined ? [] : distinct(reads.filter(({ name }) => !known.includes(name)))
  const unread = sets.filter(({ name }) => !readLater.includes(name) && !reads.some(read => read.name === name))
  return [
    ...unsent.map(({ block, name }): FlowProblem => {
      const similar = known.find(other => other.toLowerCase() === name.toLowerCase())
      return { rule: 'attribute-unsent', severity: 'warning', block, message: `nobody sends $.Attributes.${name}, and no block sets it${similar === undefined ? '' : `; is it ${similar}?`}` }
    }),
    ...unread.map(({ block, name }): FlowProblem => ({ rule: 'attribute-unread', severity: 'note', block, message: `the attribute ${name} is set here and never read` }))
  ]
}

/** Places that are still to be filled, such as the bridge's ARN. */
export function checkPlaceholders (graph: FlowGraph, severity: Severity): FlowProblem[] {
  const found = [...graph.blocks.values()].flatMap(({ id, parameters }) => findTexts(parameters).flatMap(({ text }) => text.match(/\$\{\w+\}/g) ?? []).map(name => ({ block: id, name })))
  return distinct(found).map(({ block, name }) => ({ rule: 'placeholder', severity, block, message: `${name} is still to be filled in` }))
}

function attributesIn (text: string): string[] {
  return findReferences(text).map(splitReference).flatMap(([root, name]) => root === 'Attributes' && name !== undefined ? [name] : [])
}

function distinct<T extends { block: string, name: string }> (found: T[]): T[] {
  return [...new Map(found.map(one => [`${one.block}\n${one.name}`, one])).values()]
}
