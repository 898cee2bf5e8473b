import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allow, merge, type Situation } from '../../../../sdk/content/core/policy.ts'

const usual: Situation = { isMetered: false, battery: null, hour: 12, sent: 0, bytes: null, sharedFor: 0 }

describe('a policy', () => {
  it('that says nothing allows everything on mains', () => {
    expect(allow({}, usual)).toEqual({ upload: Infinity, download: Infinity, pause: null })
    expect(allow({}, { ...usual, isMetered: null })).toMatchObject({ pause: null })
  })

  it('limits what goes each way', () => {
    expect(allow({ upload: 5, download: 7 }, usual)).toEqual({ upload: 5, download: 7, pause: null })
    expect(allow({ upload: 0 }, usual)).toMatchObject({ upload: 0, pause: 'upload is 0' })
  })

  it('sends nothing where bytes cost, unless it says so', () => {
    const metered = { ...usual, isMetered: true }
    expect(allow({}, metered)).toMatchObject({ upload: 0, download: Infinity, pause: 'metered' })
    expect(allow({ onMetered: true }, metered)).toMatchObject({ pause: null })
  })

  it('spares a battery', () => {
    expect(allow({}, { ...usual, battery: 0.29 })).toMatchObject({ pause: 'battery' })
    expect(allow({}, { ...usual, battery: 0.3 })).toMatchObject({ pause: null })
    expect(allow({ minBattery: 0.8 }, { ...usual, battery: 0.5 })).toMatchObject({ pause: 'battery' })
  })

  it('keeps to hours, over midnight too', () => {
    const at = (hour: number, hours: readonly [number, number]) => allow({ hours }, { ...usual, hour }).pause
    expect([at(8.99, [9, 17]), at(9, [9, 17]), at(17, [9, 17])]).toEqual(['hours', null, 'hours'])
    expect([at(21, [22, 6]), at(23, [22, 6]), at(5.9, [22, 6]), at(6, [22, 6])]).toEqual(['hours', null, null, 'hours'])
  })

  it('ends sharing by ratio and time once a release is complete, and by quota in any case', () => {
    const seedUntil = { ratio: 2, time: 1000, bytes: 5000 }
    const pause = (more: Partial<Situation>) => allow({ seedUntil }, { ...usual, ...more }).pause
    expect(pause({ sent: 4000 })).toBe(null)
    expect(pause({ sent: 5000 })).toBe('quota')
    expect(pause({ sent: 200, bytes: 100 })).toBe('ratio')
    expect(pause({ sent: 199, bytes: 100, sharedFor: 999 })).toBe(null)
    expect(pause({ bytes: 100, sharedFor: 1000 })).toBe('time')
  })

  it('of the user counts, and that of the app where the user says nothing', () => {
    const merged = merge({ upload: 100, onMetered: true }, { upload: 5 })
    expect(merged).toEqual({ upload: 5, onMetered: true })
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (app, user) => {
        expect(allow(merge({ upload: app }, { upload: user }), usual).upload).toBe(user)
      }),
    )
  })
})
