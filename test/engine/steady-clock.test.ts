import { describe, expect, it } from 'vitest'
import { SteadyClock } from '../../src/engine/steady-clock.ts'

/** A machine whose clock can be set. */
class Machine {
  wallMs = 1_000_000
  elapsedMs = 0

  pass(ms: number): void {
    this.wallMs += ms
    this.elapsedMs += ms
  }

  nowMs(): number {
    return this.wallMs
  }

  monotonicMs(): number {
    return this.elapsedMs
  }
}

describe('the steady clock', () => {
  it('follows the machine’s clock, also when that is set forward', () => {
    const machine = new Machine()
    const clock = new SteadyClock(machine)
    machine.pass(100)
    expect(clock.nowMs()).toBe(1_000_100)
    machine.wallMs += 5_000
    expect(clock.nowMs()).toBe(1_005_100)
  })

  it('neither falls nor stands still when the machine’s clock is set back, and meets it again', () => {
    const machine = new Machine()
    const clock = new SteadyClock(machine)
    machine.wallMs -= 60_000
    let before = clock.nowMs()
    for (let second = 1; second <= 120; second++) {
      machine.pass(1_000)
      const now = clock.nowMs()
      expect(now).toBeGreaterThan(before)
      before = now
    }
    expect(clock.nowMs()).toBe(machine.wallMs)
  })
})
