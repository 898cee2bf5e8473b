import { expect, it } from 'vitest'
import { iceReply, turnUsername } from '../../../worker/core/ice.ts'
import { parseSettings } from '../../../worker/core/limits.ts'
import { START } from '../../support/core.ts'

const STUN_URLS = 'stun:one.example:3478 stun:two.example'
const TURN_URLS = 'turn:one.example?transport=udp,turns:one.example:443?transport=tcp'

it('I1: the servers that the operator named', () => {
  const settings = parseSettings({ STUN_URLS, TURN_URLS, TURN_SECRET: 'secret', TURN_TTL: 600 })
  expect(iceReply(settings, 'user', 'password')).toStrictEqual({
    iceServers: [
      { urls: ['stun:one.example:3478', 'stun:two.example'] },
      {
        urls: ['turn:one.example?transport=udp', 'turns:one.example:443?transport=tcp'],
        username: 'user',
        credential: 'password',
      },
    ],
    ttl: 600,
  })
})

it('I1: without settings a public STUN server, and none if the operator wants none', () => {
  const servers = (environment: object) => iceReply(parseSettings({ ...environment }), 'user', '').iceServers
  expect(servers({})).toStrictEqual([{ urls: ['stun:stun.cloudflare.com:3478'] }])
  expect(servers({ STUN_URLS: '' })).toStrictEqual([])
  expect(servers({ STUN_URLS: '', TURN_URLS: 'turn:one.example', TURN_SECRET: 's' })).toStrictEqual([
    { urls: ['turn:one.example'], username: 'user', credential: '' },
  ])
})

it('I2: the user name says when it expires', () => {
  expect(turnUsername(parseSettings({}), START + 999)).toBe(`${START / 1000 + 3600}:edgeswarm`)
  expect(turnUsername(parseSettings({ TURN_TTL: 60 }), START)).toBe(`${START / 1000 + 60}:edgeswarm`)
})
