/** Whether a text says that there is no value. Source: Amazon Fraud Detector User Guide, "Create an event dataset", and what pandas writes. */
export function isNull (text: string): boolean {
  return text === '' || /^(?:null|nan)$/i.test(text)
}
