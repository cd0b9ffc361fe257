/**
 * Preloaded into each test file: leaves out tap's async hooks, by which it tells which of several tests at once an error belongs to that nobody
 * caught. They take a fifth of the time of tests that talk to servers; without them such an error ends the file, which fails all the same.
 */
import hooks from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'

const idle: hooks.AsyncHook = { enable: () => idle, disable: () => idle }
hooks.createHook = () => idle
syncBuiltinESMExports()
