/**
 * Wall time per gas: every method of every native module at its caps, as a transaction on a chain on disk, execution, sweep
 * and root together, against the same of a transaction that fills fresh slots (SSTORE) and of one that hashes (keccak).
 *
 * A block's gas limit bounds its time only as far as gas follows time: more than five times the baseline is a defect. It is
 * SSTORE for a method that calls nobody. Where a token is called the engine runs, whose time a gas is that of the keccak loop;
 * there that is the baseline.
 */

import { hexToBytes } from '../src/lib/bytes.ts'
import { ATTRIBUTION_MODULES } from '../src/precompiles/registry.ts'
import type { WorldState } from '../src/state/world-state.ts'
import type { Address } from '../src/types/primitives.ts'
import type { BenchOptions } from './main.ts'
import { percentile } from './measure.ts'
import { gasCases, IN_ENGINE } from './module-gas-cases.ts'
import { GAS, openGasWorld } from './module-gas-world.ts'
import type { Report } from './report.ts'
import { type BenchCall, RoyaltyChain } from './royalty-chain.ts'

const SAMPLES = 30
const WARM_UP = 5
/** More than this many times the baseline is a defect. */
const LIMIT = 5
const BASELINE_GAS = 6_000_000n

/** Writes 1 to ever new slots from number gas() on until little gas is left. */
const SSTORE_LOOP = '0x5a5b6001815560010161c3505a11600157'
/** Hashes 32 bytes over and over until little gas is left. */
const KECCAK_LOOP = '0x5b60205f205f5261c3505a115f57'
const SSTORE_ADDRESS = `0x${'5e'.repeat(20)}` as Address
const KECCAK_ADDRESS = `0x${'6e'.repeat(20)}` as Address

type Baseline = { readonly name: string; readonly nsPerGas: number }
type Measured = { readonly gas: number; readonly us: number; readonly error: string | undefined }

export async function runModuleGas(report: Report, options: BenchOptions): Promise<void> {
  const samples = options.isQuick ? 5 : SAMPLES
  const store = await runBaseline(report, 'SSTORE', SSTORE_ADDRESS, SSTORE_LOOP, samples)
  const hash = await runBaseline(report, 'keccak', KECCAK_ADDRESS, KECCAK_LOOP, samples)
  const world = await openGasWorld()
  try {
    const cases = gasCases(world)
    for (const module of ATTRIBUTION_MODULES) {
      for (const { signature } of module.methods) {
        const method = `${module.name}.${signature.slice(0, signature.indexOf('('))}`
        const name = `module-gas/${module.name}.${signature.slice(0, 60)}`
        const call = cases.get(`${method}/${signature}`) ?? cases.get(method)
        const baseline = IN_ENGINE.has(method) ? hash : store
        if (call === undefined) report.note(`${name}: not measured`)
        else reportMethod(report, name, await measure(world.chain, call, samples), baseline)
      }
    }
  } finally {
    await world.chain.close()
  }
}

function reportMethod(report: Report, name: string, { gas, us, error }: Measured, baseline: Baseline): void {
  if (error !== undefined) {
    report.note(`${name}: refused with ${error.slice(0, 10)}`)
    return
  }
  const perGas = (us * 1_000) / gas
  const ratio = perGas / baseline.nsPerGas
  const verdict = ratio > LIMIT ? ' DEFECT' : ''
  report.add({ name: `${name} gas=${gas}${verdict}`, value: perGas, unit: 'ns/gas', peer: baseline.name, ratio })
}

/** Nanoseconds a gas of a transaction of six million gas in a loop. */
async function runBaseline(
  report: Report,
  name: string,
  address: Address,
  code: `0x${string}`,
  samples: number,
): Promise<Baseline> {
  const chain = await RoyaltyChain.open((state: WorldState) => {
    state.setNonce(address, 1n)
    state.setCode(address, hexToBytes(code))
  })
  try {
    const call = { to: address, data: new Uint8Array(0), gasLimit: BASELINE_GAS }
    const { gas, us, error } = await measure(chain, call, samples)
    if (error !== undefined) throw new Error(`the ${name} loop fails`)
    report.add({ name: `module-gas/baseline ${name} gas=${gas}`, value: (us * 1_000) / gas, unit: 'ns/gas' })
    return { name, nsPerGas: (us * 1_000) / gas }
  } finally {
    await chain.close()
  }
}

async function measure(chain: RoyaltyChain, call: BenchCall, samples: number): Promise<Measured> {
  const times: number[] = []
  let gas = 0n
  for (let at = 0; at < WARM_UP + samples; at++) {
    const { ms, receipt, error } = await chain.probe({ ...call, gasLimit: call.gasLimit ?? GAS })
    if (error !== undefined) return { gas: 0, us: 0, error }
    gas = receipt.gasUsed
    if (at >= WARM_UP) times.push(ms * 1_000)
  }
  return { gas: Number(gas), us: percentile(times, 50), error: undefined }
}
