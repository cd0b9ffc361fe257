/** Without a region the service would start, and then fail each call. */
export async function requireRegion (client: { config: { region: () => Promise<string> } }): Promise<void> {
  try {
    await client.config.region()
  } catch (error) {
    throw new Error('AWS_REGION is missing, and no AWS profile names a region.', { cause: error })
  }
}

/** Found now, and kept by the client: the first transaction has no time to look for them. */
export async function requireCredentials (client: { config: { credentials: () => Promise<unknown> } }): Promise<void> {
  try {
    await client.config.credentials()
  } catch (error) {
    throw new Error('RINGFENCE_SCORER asks AWS, and no AWS credentials can be found.', { cause: error })
  }
}
