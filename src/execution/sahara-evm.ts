/**
 * The library's engine with what it lacks: native modules that know their message, a deadline, and jump tables that are kept.
 */

import { EVM, type ExecResult, type InterpreterStep, type Message } from '@ethereumjs/evm'
import { BoundedMap } from '../lib/bounded-map.ts'
import { MAX_CACHED_CODES } from '../lib/limits.ts'
import type { ModuleDefinition } from '../precompiles/module.ts'
import type { Address, Hash } from '../types/primitives.ts'
import type { AccessListItem } from '../types/transaction.ts'
import { callModule } from './engine-module.ts'
import { type EvmHost, type EvmStep, ExecutionTimeout } from './evm.ts'
import { fromLibraryAddress } from './state-adapter.ts'

type PrecompileInput = { readonly data: Uint8Array; readonly gasLimit: bigint }
type JumpTables = { readonly jumps: Uint8Array; readonly pushes: object; readonly opcodesCached: readonly unknown[] }
/** The parts of the library's interpreter that are wrapped; it does not export the class. */
type Interpreter = {
  readonly _evm: unknown
  readonly _env: { readonly isCreate?: boolean }
  _getValidJumpDestinations(code: Uint8Array): JumpTables
}
type OpHandler = (runState: { readonly interpreter: Interpreter }, common: unknown) => unknown

const JUMP = 0x56
const JUMPI = 0x57
/** The clock is read once in so many jumps: 16M gas of the tightest loop is 1.4 million jumps. */
const JUMPS_PER_CLOCK_READ = 1_024
/** PUSH1 3, JUMP, JUMPDEST, STOP: reaches the interpreter through the jump's handler. */
const PROBE = Uint8Array.of(0x60, 0x03, 0x56, 0x5b, 0x00)

export class SaharaEvm extends EVM {
  readonly precompileAddresses: readonly Address[] = [...this.precompiles.keys()].map((hex) => `0x${hex}` as Address)
  private host: EvmHost | undefined
  private jumpsUntilClockRead = JUMPS_PER_CLOCK_READ
  private readonly jumpTables = new BoundedMap<Uint8Array, JumpTables>(MAX_CACHED_CODES)

  /** Wraps the jump instructions and the interpreter's analysis. Once, before the first message. */
  async prepare(): Promise<void> {
    let prototype: Interpreter | undefined
    const seen = (interpreter: Interpreter): void => {
      prototype ??= Object.getPrototypeOf(interpreter) as Interpreter
    }
    for (const op of [JUMP, JUMPI]) this.wrapJump(op, seen)
    await this.runCode({ code: PROBE, gasLimit: 100n })
    if (prototype !== undefined) keepJumpTables(prototype)
  }

  /** Starts a message with nothing warm and nothing transient. */
  begin(host: EvmHost): void {
    this.host = host
    this.journal.cleanJournal()
    this.transientStorage.clear()
    this.jumpsUntilClockRead = JUMPS_PER_CLOCK_READ
    if (host.reportAccess === true) this.journal.startReportingAccessList()
    if (host.onStep !== undefined) this.events.on('step', (step) => host.onStep?.(toStep(step)))
  }

  end(): void {
    this.host = undefined
    this.events.removeAllListeners('step')
    delete this.journal.accessList
    this.journal.cleanJournal()
  }

  /** Every address and slot that the message touched, when it was asked for. */
  reportedAccess(): AccessListItem[] {
    return [...(this.journal.accessList ?? [])].map(([address, slots]) => ({
      address: `0x${address}` as Address,
      storageKeys: [...slots].map((slot) => `0x${slot}` as Hash),
    }))
  }

  /** The jump tables of `code`, analysed once while the same array is in use. */
  jumpTablesOf(code: Uint8Array, analyse: () => JumpTables): JumpTables {
    const known = this.jumpTables.get(code)
    if (known !== undefined) return known
    const tables = analyse()
    this.jumpTables.set(code, tables)
    return tables
  }

  protected override async _loadCode(message: Message): Promise<void> {
    this.checkDeadline()
    const module = message.code === undefined ? this.moduleAt(fromLibraryAddress(message.codeAddress)) : undefined
    if (module === undefined) return this.loadCodeOrMoved(message)
    message.isCompiled = true
    message.code = ((input: PrecompileInput) => this.callNative(module, message, input)) as never
  }

  /** The module that answers there, unless a state override took its place. */
  private moduleAt(address: Address): ModuleDefinition | undefined {
    const module = this.host?.modules.at(address)
    return module !== undefined && this.host?.precompileMoves?.has(address) === true ? undefined : module
  }

  /** Code as the library loads it, unless state overrides moved a precompile here or away from here. */
  private async loadCodeOrMoved(message: Message): Promise<void> {
    const moves = this.host?.precompileMoves
    if (moves === undefined || moves.size === 0 || message.code !== undefined) return super._loadCode(message)
    const address = fromLibraryAddress(message.codeAddress)
    if (!moves.has(address)) return super._loadCode(message)
    const original = moves.get(address)
    const precompile = original === undefined ? undefined : this.getPrecompile(original)
    if (precompile !== undefined) {
      message.isCompiled = true
      message.code = precompile
      return
    }
    message.isCompiled = false
    message.code = await this.stateManager.getCode(message.codeAddress)
  }

  private callNative(
    module: ModuleDefinition,
    message: Message,
    { data, gasLimit }: PrecompileInput,
  ): ExecResult | Promise<ExecResult> {
    const { host } = this
    if (host === undefined) throw new Error('a native module runs only inside a message')
    return callModule(module, { evm: this, host, message }, data, gasLimit)
  }

  private wrapJump(op: number, seen: (interpreter: Interpreter) => void): void {
    const entry = this._opcodeMap[op]
    if (entry === undefined) return
    const original = entry.opHandler as unknown as OpHandler
    const wrapped: OpHandler = (runState, common) => {
      seen(runState.interpreter)
      if (--this.jumpsUntilClockRead <= 0) {
        this.jumpsUntilClockRead = JUMPS_PER_CLOCK_READ
        this.checkDeadline()
      }
      return original(runState, common)
    }
    this._opcodeMap[op] = { ...entry, opHandler: wrapped as never }
  }

  private checkDeadline(): void {
    if (this.host?.isTimeOver?.() === true) throw new ExecutionTimeout('execution aborted')
  }
}

/** Makes every interpreter of a SaharaEvm ask the engine's cache first. */
function keepJumpTables(prototype: Interpreter): void {
  const analyse = prototype._getValidJumpDestinations
  prototype._getValidJumpDestinations = function (this: Interpreter, code: Uint8Array): JumpTables {
    const { _evm, _env } = this
    // Creation code runs once, in an array of its own: keeping its tables would only push out others.
    return _evm instanceof SaharaEvm && _env.isCreate !== true
      ? _evm.jumpTablesOf(code, () => analyse.call(this, code))
      : analyse.call(this, code)
  }
}

function toStep(step: InterpreterStep): EvmStep {
  return {
    pc: step.pc,
    op: step.opcode.code,
    name: step.opcode.name,
    gasLeft: step.gasLeft,
    gasCost: step.opcode.dynamicFee ?? BigInt(step.opcode.fee),
    depth: step.depth,
    address: fromLibraryAddress(step.address),
    stack: step.stack,
    memory: step.memory,
    refund: step.gasRefund,
  }
}
