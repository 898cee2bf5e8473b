import { describe, expect, it } from 'vitest'
import { Networks } from '../../../worker/core/networks.ts'
import { addressOf, MINUTE, START } from '../../support/core.ts'

const addressNumber = (number: number) => addressOf(`10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`)
const rate = { perSecond: 1, burst: 10 }

describe('networks', () => {
  it('G1: are the same for the same IPv4 address, and for addresses in one /64', () => {
    const networks = new Networks()
    expect(networks.of(addressOf('192.0.2.1'))).toBe(networks.of(addressOf('::ffff:192.0.2.1')))
    expect(networks.of(addressOf('192.0.2.1'))).not.toBe(networks.of(addressOf('192.0.2.2')))
    expect(networks.of(addressOf('2001:db8::1'))).toBe(networks.of(addressOf('2001:db8:0:0:ffff::')))
    expect(networks.of(addressOf('2001:db8::1'))).not.toBe(networks.of(addressOf('2001:db8:0:1::1')))
    expect(networks.size).toBe(4)
  })

  it('start with nothing', () => {
    expect(new Networks().of(addressOf('192.0.2.1'))).toMatchObject({ sockets: 0, httpPeers: 0 })
  })

  it('are forgotten as others come, once nothing of them is left', () => {
    const networks = new Networks()
    for (let number = 0; number < 100_000; number++) {
      networks.of(addressNumber(number), START + number * MINUTE).bucket.take(rate, START + number * MINUTE)
    }
    expect(networks.size).toBeLessThanOrEqual(2048)
  })

  it('are not forgotten while a socket, an HTTP peer or a used bucket is left', () => {
    const networks = new Networks()
    const withSocket = networks.of(addressNumber(1))
    withSocket.sockets++
    const withPeer = networks.of(addressNumber(2))
    withPeer.httpPeers++
    const used = networks.of(addressNumber(3))
    used.bucket.take(rate, START)
    const idle = networks.of(addressNumber(4))
    for (let number = 10; number < 5000; number++) networks.of(addressNumber(number), START)
    expect(networks.of(addressNumber(1))).toBe(withSocket)
    expect(networks.of(addressNumber(2))).toBe(withPeer)
    expect(networks.of(addressNumber(3))).toBe(used)
    expect(networks.of(addressNumber(4))).not.toBe(idle)
  })
})
