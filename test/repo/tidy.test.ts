/**
 * The tree's manners: file sizes, headers, and words that mark unfinished work.
 */

import { describe, expect, it } from 'vitest'
import { readSource, sourceFiles } from './sources.ts'

const MAX_LINES = 400
const files = sourceFiles('src')
const all = [...files, ...sourceFiles('test'), ...sourceFiles('bench'), ...sourceFiles('tools')]

describe('the source tree', () => {
  it('keeps every file of src within 400 lines', () => {
    const long = files
      .map((file) => ({ file, lines: readSource(file).split('\n').length }))
      .filter((one) => one.lines > MAX_LINES)
    expect(long).toEqual([])
  })

  it('opens every file of src with what it is for', () => {
    expect(files.filter((file) => !/^(#!.*\n)?\/\*\*\n/.test(readSource(file)))).toEqual([])
  })

  it('holds no mark of unfinished work', () => {
    const marks = /\b(TODO|FIXME|XXX|HACK)\b|not implemented|for now\b|simplified/i
    expect(files.filter((file) => marks.test(readSource(file)))).toEqual([])
  })

  it('runs every test: none is skipped or alone', () => {
    const marks = /\b(?:it|test|describe)\.(?:only|skip|todo)\b/
    expect(all.filter((file) => file !== 'test/repo/tidy.test.ts' && marks.test(readSource(file)))).toEqual([])
  })

  it('speaks of no machine: no path of one and no registry host', () => {
    const marks = /\/(?:work|home|root)\/[a-z]|registry\.[a-z]+\.|https?:\/\/[^\s'"]*registry/
    expect(all.filter((file) => file !== 'test/repo/tidy.test.ts' && marks.test(readSource(file)))).toEqual([])
  })
})
