declare module 'dynalite' {
  import type { Server } from 'node:http'

  /** Dynalite's options that we use; times in milliseconds. */
  export default function dynalite (options: { path?: string, createTableMs?: number, updateTableMs?: number, deleteTableMs?: number }): Server
}
