import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks } from 'cdk-nag'
import { createRingfenceStack } from './ringfence-stack.ts'

/** The app with its one stack, held against the rules of cdk-nag; with `cdk synth --validation`, which takes 15 s, against CloudFormation's own as well. */
export function ringfenceApp (): App {
  const app = new App({ analyticsReporting: false, treeMetadata: false })
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
  createRingfenceStack(app)
  return app
}
