import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import dynalite from 'dynalite'
import { Level } from 'level'

/** A running embedded DynamoDB engine. */
export interface EmbeddedDynamoDb {
  endpoint: string
  close: () => Promise<void>
}

/**
 * Starts dynalite, a DynamoDB engine on LevelDB, on a free port of this machine.
 * @param path folder of its files, made when missing; in memory without one
 * @throws Error when another process holds the folder
 */
export async function startEmbeddedDynamoDb ({ path, port = 0, host = '127.0.0.1' }: { path?: string, port?: number, host?: string } = {}): Promise<EmbeddedDynamoDb> {
  if (path !== undefined) await assertFree(path)
  const server: Server = dynalite({ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0, ...(path === undefined ? {} : { path }) })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${taken}`,
    async close () {
      server.closeAllConnections()
      await new Promise<void>((resolve, reject) => { server.close((error) => { error == null ? resolve() : reject(error) }) })
    }
  }
}

/** Dynalite opens its files when it is first asked for something, and dies of a folder that is held; asked here first, it can be said. */
async function assertFree (path: string): Promise<void> {
  const files = new Level(path)
  try {
    await files.open()
  } catch (error) {
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error
  }
  await files.close()
}
