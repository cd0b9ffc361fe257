import { Type } from '@sinclair/typebox'
import type { Account } from './account.ts'
import { pageThrough } from './page.ts'
import { conflict, resourceNotFound, validation } from './refusal.ts'
import { Description, Identifier, operation, type Operations, pageOf } from './request-shape.ts'

/** PutDetector, GetDetectors, DescribeDetector, DeleteDetector. */
export function createDetectorOperations (account: Account): Operations {
  const { detectors, detectorVersions, rules, limits } = account
  const versionsOf = (detectorId: string) => [...detectorVersions.values()].filter(version => version.detectorId === detectorId)

  function demand (detectorId: string) {
    const detector = detectors.get(detectorId)
    if (detector === undefined) throw resourceNotFound(`Detector ${detectorId} does not exist.`)
    return detector
  }

  return {
    PutDetector: operation(Type.Object({ detectorId: Identifier, eventTypeName: Identifier, description: Description }), ({ detectorId, eventTypeName, description }) => {
      const known = detectors.get(detectorId)
      if (known === undefined && detectors.size >= limits.detectors) throw validation(`The quota of ${limits.detectors} detectors is used up.`)
      if (!account.eventTypes.has(eventTypeName)) throw validation(`EventType ${eventTypeName} does not exist.`)
      if (known !== undefined && known.eventTypeName !== eventTypeName && versionsOf(detectorId).length > 0) throw conflict(`Detector ${detectorId} has versions for event type ${known.eventTypeName}.`)
      detectors.set(detectorId, {
        ...known ?? { detectorId, ...account.stamp(`detector/${detectorId}`) }, ...description === undefined ? {} : { description }, eventTypeName, lastUpdatedTime: account.now()
      })
    }),
    GetDetectors: operation(Type.Object({ detectorId: Type.Optional(Identifier), ...pageOf(5, 10) }), request => {
      const found = request.detectorId === undefined ? [...detectors.values()] : [demand(request.detectorId)]
      const { items, nextToken } = pageThrough(found, request, 10)
      return { detectors: items, nextToken }
    }),
    DescribeDetector: operation(Type.Object({ detectorId: Identifier, ...pageOf(1000, 2500) }), request => {
      const { arn, detectorId } = demand(request.detectorId)
      const { items, nextToken } = pageThrough(versionsOf(detectorId), request, 2500)
      return {
        detectorId,
        arn,
        detectorVersionSummaries: items.map(({ detectorVersionId, status, description, lastUpdatedTime }) => ({ detectorVersionId, status, description, lastUpdatedTime })),
        nextToken
      }
    }),
    DeleteDetector: operation(Type.Object({ detectorId: Identifier }), ({ detectorId }) => {
      if (versionsOf(detectorId).length > 0) throw conflict(`Detector ${detectorId} has versions.`)
      if ([...rules.values()].some(rule => rule.detectorId === detectorId)) throw conflict(`Detector ${detectorId} has rules.`)
      detectors.delete(detectorId)
    })
  }
}
