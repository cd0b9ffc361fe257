/** Why no model can be trained or measured on the data that were given; the message says what is wrong and where, and repeats no value of the data. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError'
}
