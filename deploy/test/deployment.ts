/** A template as JSON. */
export interface TemplateJson {
  Parameters?: Record<string, { Default?: unknown }>
  Conditions?: Record<string, unknown>
  Resources: Record<string, TemplateResource>
  Outputs?: Record<string, { Value: unknown, Condition?: string }>
}

export interface TemplateResource {
  Type: string
  Condition?: string
  DependsOn?: string | string[]
  DeletionPolicy?: string
  UpdateReplacePolicy?: string
  Properties: Record<string, any>
}

const PSEUDO: Record<string, unknown> = {
  'AWS::Region': 'us-east-1', 'AWS::AccountId': '123456789012', 'AWS::Partition': 'aws', 'AWS::StackName': 'ringfence', 'AWS::URLSuffix': 'amazonaws.com'
}
const ABSENT = Symbol('AWS::NoValue')

/**
 * What CloudFormation would make of a template: conditions decided, intrinsic functions worked out, what a resource returns named by `attributes`
 * (`LogicalId.Attribute`, or the logical id for Ref), else `<LogicalId.Attribute>`.
 */
export function deployed (template: TemplateJson, given: Record<string, unknown> = {}, attributes: Record<string, string> = {}) {
  const parameters: Record<string, unknown> = { ...Object.fromEntries(Object.entries(template.Parameters ?? {}).map(([name, { Default }]) => [name, Default])), ...PSEUDO, ...given }

  function holds (name: string): boolean {
    if (template.Conditions?.[name] === undefined) throw new Error(`There is no condition ${name}`)
    return resolve(template.Conditions[name]) === true
  }

  function valueOf (name: string): unknown {
    if (name === 'AWS::NoValue') return ABSENT
    return name in parameters ? parameters[name] : returned(name, name)
  }

  function returned (id: string, key: string): string {
    if (!isMade(id)) throw new Error(`${key} is asked for, and ${id} is not made`)
    return attributes[key] ?? `<${key}>`
  }

  function isMade (id: string): boolean {
    const resource = template.Resources[id]
    if (resource === undefined) throw new Error(`There is no resource ${id}`)
    return resource.Condition === undefined || holds(resource.Condition)
  }

  const functions: Record<string, (argument: any) => unknown> = {
    Ref: (name: string) => valueOf(name),
    Condition: (name: string) => holds(name),
    'Fn::GetAtt': (of: string | [string, string]) => { const [id, attribute] = typeof of === 'string' ? of.split('.') as [string, string] : of; return returned(id, `${id}.${attribute}`) },
    'Fn::If': ([name, then, otherwise]) => resolve(holds(name) ? then : otherwise),
    'Fn::Equals': ([a, b]) => String(resolve(a)) === String(resolve(b)),
    'Fn::Not': ([a]) => resolve(a) !== true,
    'Fn::And': (all: unknown[]) => all.every((one) => resolve(one) === true),
    'Fn::Or': (all: unknown[]) => all.some((one) => resolve(one) === true),
    'Fn::Join': ([delimiter, parts]) => (resolve(parts) as unknown[]).join(delimiter),
    'Fn::Split': ([delimiter, text]) => String(resolve(text)).split(delimiter),
    'Fn::Select': ([index, list]) => {
      const values = resolve(list) as unknown[]
      // Of something that the test has no name for.
      if (values.length === 1 && String(values[0]).startsWith('<')) return `${String(values[0])}[${index}]`
      const value = values[Number(index)]
      if (value === undefined) throw new Error(`Fn::Select finds nothing at ${index}`)
      return value
    },
    'Fn::GetAZs': () => ['zone a', 'zone b', 'zone c'],
    'Fn::Cidr': ([block, count, bits]) => Array.from({ length: count }, (_, index) => `${String(resolve(block))} cut into ${count} of ${bits} bits[${index}]`),
    'Fn::Sub': (argument: string | [string, Record<string, unknown>]) => {
      const [text, values] = typeof argument === 'string' ? [argument, {}] : argument
      return text.replace(/\$\{([^!}][^}]*)\}/g, (_, name: string) => String(name in values ? resolve(values[name]) : name.includes('.') ? resolve({ 'Fn::GetAtt': name }) : valueOf(name))).replaceAll('${!', '$\u007b')
    }
  }

  function resolve (value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve).filter((one) => one !== ABSENT)
    if (typeof value !== 'object' || value === null) return value
    const [[name, argument] = ['', undefined], ...rest] = Object.entries(value)
    const run = rest.length === 0 && Object.hasOwn(functions, name) ? functions[name] : undefined
    if (run !== undefined) return run(argument)
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolve(one)]).filter(([, one]) => one !== ABSENT))
  }

  const resources = Object.fromEntries(Object.entries(template.Resources).filter(([id]) => isMade(id)).map(([id, resource]) => [id, { ...resource, Properties: resolve(resource.Properties ?? {}) as Record<string, any> }]))
  const outputs = Object.fromEntries(Object.entries(template.Outputs ?? {}).filter(([, { Condition }]) => Condition === undefined || holds(Condition)).map(([name, { Value }]) => [name, resolve(Value)]))
  const all = (type: string) => Object.values(resources).filter((resource) => resource.Type === type)
  return {
    resources,
    outputs,
    all,
    /** The one resource of a type. */
    only (type: string): TemplateResource {
      const [one, ...more] = all(type)
      if (one === undefined || more.length > 0) throw new Error(`There are ${all(type).length} of ${type}, and not one`)
      return one
    }
  }
}
