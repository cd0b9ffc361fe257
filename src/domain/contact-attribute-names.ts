/** Names of the contact attributes that come with every call and text of the service. */
export const CONTACT_ATTRIBUTES = [
  'Salutation', 'Name', 'CardNo', 'Amount', 'Customer', 'CaseId', 'AttemptId', 'AmountText', 'Merchant', 'Institution', 'Count', 'Language',
  'PromptQuestion', 'PromptRetry', 'PromptBlocked', 'PromptActive', 'PromptAlreadyAnswered', 'PromptUnsure', 'PromptNone', 'PromptOptedOut'
] as const

/** Attributes that a flow sets for whoever reads the contact later: the service when the bridge has failed, or an operator. */
export const ANSWER_ATTRIBUTES = ['Answer', 'OptOut'] as const
