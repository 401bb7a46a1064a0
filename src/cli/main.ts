#!/usr/bin/env node
/**
 * The command line's entry. It looks at the version of Node.js before it loads anything that an older one cannot run, and has
 * compiled code kept on disk, which spares a restarted validator a third of its start.
 */

import * as nodeModule from 'node:module'

const LEAST_MAJOR = 24
const major = Number(process.versions.node.split('.')[0])

if (major < LEAST_MAJOR) {
  process.stderr.write(
    `sahara needs Node.js ${LEAST_MAJOR} or newer; this is ${process.versions.node}.\n` +
      'Run it through npm (`npm run sahara -- …` after `npm ci`), which brings the right one, or install Node.js 24.\n',
  )
  process.exitCode = 2
} else {
  // Keeps to NODE_COMPILE_CACHE and NODE_DISABLE_COMPILE_CACHE; without a writable folder it does nothing.
  nodeModule.enableCompileCache()
  const { runCommandLine } = await import('./program.ts')
  process.exitCode = await runCommandLine(process.argv)
}
