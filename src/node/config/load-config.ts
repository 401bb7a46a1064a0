/**
 * A node's settings from their four sources: a flag wins over the environment, the environment over the config file, the
 * file over the default. A wrong value is refused with the option, the value, where it came from and what is accepted.
 */

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { CodedError, errorMessage } from '../../lib/errors.ts'
import {
  acceptedBy,
  environmentName,
  flagName,
  type NodeConfig,
  OPTION_NAMES,
  OPTIONS,
  type Option,
  type OptionName,
} from './options.ts'

export type ConfigFailure =
  | {
      readonly code: 'BAD_OPTION'
      readonly option: string
      readonly source: string
      readonly value: string
      readonly accepted: string
    }
  | { readonly code: 'CONFIG_UNREADABLE'; readonly path: string }

export type ConfigSources = {
  /** Path of the JSON file; undefined for none. */
  readonly configPath: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Values of flags by option name, as text, true for a bare flag. */
  readonly flags: Readonly<Record<string, unknown>>
}

/** Reads and checks all sources. Throws CodedError<ConfigFailure>. */
export function loadConfig({ configPath, environment, flags }: ConfigSources): NodeConfig {
  const file = configPath === undefined ? {} : readConfigFile(configPath)
  const fileFolder = configPath === undefined ? '.' : dirname(resolve(configPath))
  const values: Record<string, unknown> = {}
  for (const name of OPTION_NAMES) {
    const option: Option = OPTIONS[name]
    const inEnvironment = environment[environmentName(name)]
    if (flags[name] !== undefined) values[name] = checkOption(option, flags[name], flagName(name), name, '.')
    else if (inEnvironment !== undefined) {
      values[name] = checkOption(option, inEnvironment, environmentName(name), name, '.')
    } else if (file[name] !== undefined) {
      values[name] = checkOption(option, file[name], configPath ?? '', name, fileFolder)
    } else values[name] = option.initial
  }
  refuseUnknownEnvironment(environment)
  return withDefaultPaths(values as NodeConfig)
}

/** Names of the environment that are not options but may be set: of this command, of the library, of `sahara asset`. */
const OTHER_ENVIRONMENT: readonly string[] = [
  ...['SAHARA_CONFIG', 'SAHARA_BLS'],
  ...['SAHARA_RPC_URL', 'SAHARA_PRIVATE_KEY', 'SAHARA_PROGRESS'],
]

function refuseUnknownEnvironment(environment: ConfigSources['environment']): void {
  const known = [...OPTION_NAMES.map(environmentName), ...OTHER_ENVIRONMENT]
  for (const [name, value] of Object.entries(environment)) {
    if (name.startsWith('SAHARA_') && value !== undefined && !known.includes(name)) {
      // A misspelt name may hold a key, so its value is not repeated.
      refuse(name, 'the environment', '…', `one of ${known.join(', ')}`)
    }
  }
}

/** The file's values by option name; refuses unknown names. */
function readConfigFile(path: string): Readonly<Record<string, unknown>> {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (thrown) {
    throw new CodedError<ConfigFailure>(
      { code: 'CONFIG_UNREADABLE', path },
      `the config file ${path} cannot be read as JSON: ${errorMessage(thrown)}`,
    )
  }
  const values: Record<string, unknown> = {}
  flatten(json, '', values)
  for (const [name, value] of Object.entries(values)) {
    if (!OPTION_NAMES.includes(name as OptionName)) refuse(name, path, value, `one of ${OPTION_NAMES.join(', ')}`)
  }
  return values
}

function flatten(json: unknown, prefix: string, into: Record<string, unknown>): void {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    into[prefix === '' ? '(file)' : prefix] = json
    return
  }
  for (const [key, value] of Object.entries(json)) flatten(value, prefix === '' ? key : `${prefix}.${key}`, into)
}

function checkOption(option: Option, given: unknown, source: string, name: string, folder: string): unknown {
  const checked = readOption(option, given, folder)
  return checked === undefined ? refuse(name, source, given, acceptedBy(option)) : checked
}

/** The value in the option's type, or undefined when it is not one. */
function readOption(option: Option, given: unknown, folder: string): unknown {
  switch (option.kind) {
    case 'integer': {
      const isText = typeof given === 'string' && /^\d{1,16}$/.test(given)
      const value = isText ? Number(given) : given
      const isInside = Number.isSafeInteger(value) && Number(value) >= option.minimum && Number(value) <= option.maximum
      return isInside ? value : undefined
    }
    case 'flag':
      if (given === true || given === 'true') return true
      return given === false || given === 'false' ? false : undefined
    case 'path':
      if (typeof given !== 'string') return undefined
      return given === '' ? '' : resolve(folder, given)
    case 'text':
      return typeof given === 'string' && option.pattern.test(given) ? given : undefined
    case 'list': {
      const items = typeof given === 'string' ? given.split(',').filter((item) => item !== '') : given
      const isGood =
        Array.isArray(items) && items.every((item) => typeof item === 'string' && option.pattern.test(item))
      return isGood ? items : undefined
    }
  }
}

function refuse(option: string, source: string, value: unknown, accepted: string): never {
  const shown = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  throw new CodedError<ConfigFailure>(
    { code: 'BAD_OPTION', option, source, value: shown, accepted },
    `${option}: got ${JSON.stringify(shown)} from ${source}; accepted: ${accepted}`,
  )
}

function withDefaultPaths(config: NodeConfig): NodeConfig {
  const dataDir = resolve(config.dataDir)
  const inside = (path: string, ...standard: string[]) => (path === '' ? resolve(dataDir, ...standard) : resolve(path))
  return {
    ...config,
    dataDir,
    genesis: inside(config.genesis, 'genesis.json'),
    nodeKey: inside(config.nodeKey, 'keys', 'node.key'),
    'validator.keystore': inside(config['validator.keystore'], 'keys', 'validator.json'),
    'validator.passwordFile': inside(config['validator.passwordFile'], 'keys', 'validator.password'),
  }
}
