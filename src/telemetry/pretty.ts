/**
 * One JSON log line as a line for people: time, level, area, phrase, then the fields as name=value.
 */

const COLOURS: Readonly<Record<string, string>> = { error: '31', warn: '33', info: '32', debug: '90' }

/** The line for people; text that is not a JSON object passes unchanged. */
export function prettyLine(line: string, isColoured = process.stdout.isTTY === true): string {
  let parsed: Record<string, unknown>
  try {
    parsed = JSON.parse(line)
  } catch {
    return line
  }
  const { level, time, area, msg, ...fields } = parsed
  const word = String(level).padEnd(5)
  const coloured = isColoured ? `\u001b[${COLOURS[String(level)] ?? '0'}m${word}\u001b[0m` : word
  const clock = String(time).slice(11, 23)
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${shortValue(name, value)}`)
  return `${clock} ${coloured} ${area === undefined ? '' : `${area}: `}${msg}${rest.join('')}\n`
}

function shortValue(name: string, value: unknown): string {
  if (typeof value !== 'string') {
    const stack = typeof value === 'object' && value !== null && 'stack' in value ? String(value.stack) : undefined
    return stack ?? JSON.stringify(value)
  }
  if (name.toLowerCase().endsWith('hash') && value.length === 66) return `${value.slice(0, 10)}…`
  return value.includes(' ') ? JSON.stringify(value) : value
}
