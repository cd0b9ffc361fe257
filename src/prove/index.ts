export { renderReport } from './checker.ts'
export { prove } from './prove.ts'
