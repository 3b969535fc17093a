/** The files that Segment's own command line derives from a destination's definition, so that a change of it shows up here. */
import { join } from 'node:path'
import type { BaseActionDefinition, BaseDefinition, InputField } from '@segment/actions-core'

/** A definition of either half: what runs at Segment, or in the browser. */
export interface Definition extends BaseDefinition {
  readonly authentication?: { readonly scheme: string; readonly fields: Fields }
}
type Action = BaseActionDefinition & { readonly performBatch?: unknown }
type Fields = Readonly<Record<string, Omit<InputField, 'dynamic'>>>

/**
 * @param sources - where the sources are, within the destination's folder, of which `directory` is the name at Segment.
 * @returns every derived file by its path within that folder.
 */
export function derivedFiles(
  definition: Definition,
  { sources = '.', directory = '' }: { readonly sources?: string; readonly directory?: string } = {},
): ReadonlyMap<string, string> {
  const settings = typesOf(definition.authentication?.fields ?? {}, 'Settings')
  const payloads = Object.entries(definition.actions).map(
    ([key, { fields }]) => [join(sources, `${key}/generated-types.ts`), typesOf(fields, 'Payload')] as const,
  )
  const metadata = `${JSON.stringify({ slug: directory, ...metadataOf(definition) }, undefined, 2)}\n`
  return new Map([[join(sources, 'generated-types.ts'), settings], ...payloads, ['metadata.json', metadata]])
}

const TYPES: Readonly<Partial<Record<InputField['type'], string>>> = {
  string: 'string',
  password: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  object: '{\n    [k: string]: unknown\n  }',
}

function typesOf(fields: Fields, name: string): string {
  const members = Object.entries(fields).map(
    ([key, { type, description, required, multiple }]) =>
      `  /**\n   * ${description}\n   */\n  ${key}${required === true ? '' : '?'}: ${TYPES[type]}${multiple ? '[]' : ''}\n`,
  )
  const body = members.length === 0 ? '{}' : `{\n${members.join('')}}`
  return `// Generated file. DO NOT MODIFY IT BY HAND.\n\nexport interface ${name} ${body}\n`
}

function metadataOf(definition: Definition): object {
  const { slug, name, mode, description, authentication, presets = [] } = definition
  return {
    ...(slug !== undefined && { slug }),
    ...{ name, mode, description },
    authentication: authentication
      ? { scheme: authentication.scheme, fields: mapValues(authentication.fields, settingOf) }
      : null,
    audienceConfig: null,
    actions: mapValues(definition.actions, actionOf),
    presets: presets.map(preset => ({
      name: preset.name,
      type: preset.type,
      partnerAction: preset.partnerAction,
      subscribe: 'subscribe' in preset ? preset.subscribe : undefined,
      mapping: preset.mapping ?? {},
      eventSlug: 'eventSlug' in preset ? preset.eventSlug : null,
    })),
  }
}

function settingOf(field: Omit<InputField, 'dynamic'>) {
  const { label, description, type, required = false, multiple = false } = field
  return {
    ...{ label, description, type, required, multiple },
    choices: field.choices ?? null,
    default: field.default ?? null,
    depends_on: field.depends_on ?? null,
  }
}

function actionOf({ title, description, platform = 'cloud', defaultSubscription, performBatch, fields }: Action) {
  return {
    ...{ title, description },
    platform,
    defaultSubscription: defaultSubscription ?? null,
    hidden: false,
    hasPerformBatch: performBatch !== undefined,
    ...{ syncMode: null, hooks: null, dynamicFields: null },
    fields: mapValues(fields, fieldOf),
  }
}

function fieldOf(field: InputField) {
  const { label, description, type, required = false, multiple = false, allowNull = false, dynamic = false } = field
  return {
    ...{ label, description, type, required, multiple, allowNull, dynamic },
    default: field.default ?? null,
    choices: field.choices ?? null,
    placeholder: field.placeholder ?? null,
    properties: null,
    category: field.category ?? null,
    depends_on: field.depends_on ?? null,
    readOnly: field.readOnly ?? null,
    hidden: field.unsafe_hidden ?? null,
    minimum: field.minimum ?? null,
    maximum: field.maximum ?? null,
    defaultObjectUI: field.defaultObjectUI ?? null,
    disabledInputMethods: field.disabledInputMethods ?? null,
    displayMode: field.displayMode ?? null,
    format: field.format ?? null,
    additionalProperties: field.additionalProperties ?? false,
  }
}

function mapValues<A, B>(members: Readonly<Record<string, A>>, change: (member: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(members).map(([key, member]) => [key, change(member)]))
}
