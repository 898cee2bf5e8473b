import { describe, expect, it } from 'vitest'
import { LIMITS, parseSettings, SettingsError } from '../../../worker/core/limits.ts'

const names = Object.keys(LIMITS) as (keyof typeof LIMITS)[]

function problemsOf(environment: Readonly<Record<string, unknown>>): string {
  try {
    parseSettings(environment)
  } catch (error) {
    if (error instanceof SettingsError) return error.message
    throw error
  }
  return ''
}

describe('numbers', () => {
  it.each(names)('%s has its default where it is absent or empty', (name) => {
    expect(parseSettings({})[name]).toBe(LIMITS[name].default)
    expect(parseSettings({ [name]: '' })[name]).toBe(LIMITS[name].default)
  })

  it.each(names)('%s may be at the ends of its range and not past them, as text or number', (name) => {
    const { min, max } = LIMITS[name]
    for (const value of [min, max]) {
      expect(parseSettings({ [name]: value })[name]).toBe(value)
      expect(parseSettings({ [name]: `${value}` })[name]).toBe(value)
    }
    for (const value of [min - 1, max + 1, `${min - 1}`, `${max + 1}`])
      expect(problemsOf({ [name]: value })).toContain(name)
  })

  it.each(['1.5', 'many', '1e999', '-1', '1 2', null, true, {}, [5], Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %j',
    (value) => {
      expect(problemsOf({ MAX_SOCKETS: value })).toContain('MAX_SOCKETS is')
    },
  )

  it('makes rates of a rate and a burst', () => {
    const settings = parseSettings({ SOCKET_RATE: 3, SOCKET_BURST: 4, ADDRESS_RATE: 5, ADDRESS_BURST: 6 })
    expect(settings.socketRate).toEqual({ perSecond: 3, burst: 4 })
    expect(settings.addressRate).toEqual({ perSecond: 5, burst: 6 })
  })
})

describe('lists', () => {
  const lower = '00ff'.repeat(10)
  const upper = 'AbCd'.repeat(10)

  it('G6: reads info hashes, separated by spaces, commas or lines, in either case', () => {
    const { allowList } = parseSettings({ ALLOW_LIST: ` ${lower},${upper}\n ,` })
    expect([...allowList]).toEqual(['\u0000\u00ff'.repeat(10), '\u00ab\u00cd'.repeat(10)])
    expect([...parseSettings({ DENY_LIST: lower }).denyList]).toEqual(['\u0000\u00ff'.repeat(10)])
  })

  it.each(['zz'.repeat(20), '0'.repeat(39), '0'.repeat(41)])('G6: refuses %s as an info hash', (word) => {
    expect(problemsOf({ ALLOW_LIST: word })).toContain(word)
    expect(problemsOf({ DENY_LIST: `${lower} ${word}` })).toContain(word)
  })

  it('G6: refuses both lists at once', () => {
    expect(problemsOf({ ALLOW_LIST: lower, DENY_LIST: upper })).toContain('ALLOW_LIST and DENY_LIST')
  })

  it('G7: reads origins', () => {
    const { allowedOrigins } = parseSettings({ ALLOWED_ORIGINS: 'https://a.example, http://b.example:8080' })
    expect([...allowedOrigins]).toEqual(['https://a.example', 'http://b.example:8080'])
  })

  it.each(['a.example', 'https://a.example/', 'ftp://a.example', '*'])('G7: refuses %s as an origin', (word) => {
    expect(problemsOf({ ALLOWED_ORIGINS: word })).toContain(word)
  })

  it('reads the header of a proxy', () => {
    expect(parseSettings({}).addressHeader).toBe('')
    expect(parseSettings({ ADDRESS_HEADER: ' X-Forwarded-For ' }).addressHeader).toBe('X-Forwarded-For')
    expect(problemsOf({ ADDRESS_HEADER: 'X-Forwarded-For:' })).toContain('not the name of a header')
  })
})

describe('ICE servers', () => {
  it.each(['stun:a.example', 'STUN:a.example:3478', 'stuns:192.0.2.1:1', 'stun:[2001:db8::1]:65535'])(
    'I1: takes %s as a STUN server',
    (url) => {
      expect(parseSettings({ STUN_URLS: url }).stunUrls).toEqual([url])
    },
  )

  it.each(['turn:a.example', 'turns:a.example:443?transport=tcp', 'turn:[::1]?transport=udp'])(
    'I1: takes %s as a TURN server',
    (url) => {
      expect(parseSettings({ TURN_URLS: url, TURN_SECRET: 's' }).turnUrls).toEqual([url])
    },
  )

  it.each([
    ['STUN_URLS', 'a.example:3478'],
    ['STUN_URLS', 'turn:a.example'],
    ['STUN_URLS', 'stun://a.example'],
    ['STUN_URLS', 'stun:'],
    ['STUN_URLS', 'stun:a.example?transport=udp'],
    ['STUN_URLS', 'stun:a.example:0'],
    ['STUN_URLS', 'stun:a.example:65536'],
    ['TURN_URLS', 'stun:a.example'],
    ['TURN_URLS', 'turn:user@a.example'],
    ['TURN_URLS', 'turn:a.example?transport=sctp'],
  ])('I1: %s may not hold %s', (name, url) => {
    expect(problemsOf({ [name]: url, TURN_SECRET: 's' })).toContain(`${name} holds "${url}", which is not a URL`)
  })

  it('I2: TURN servers need a secret, and a secret needs none', () => {
    for (const TURN_SECRET of [undefined, '']) {
      expect(problemsOf({ TURN_URLS: 'turn:a.example', TURN_SECRET })).toContain('wrangler secret put TURN_SECRET')
    }
    expect(parseSettings({ TURN_SECRET: ' any text ' }).turnSecret).toBe(' any text ')
    expect(parseSettings({}).turnSecret).toBeNull()
  })

  it('I2: a secret that is no text is a mistake, and is not repeated', () => {
    const message = problemsOf({ TURN_URLS: 'turn:a.example', TURN_SECRET: 12_345 })
    expect(message).toContain('TURN_SECRET must be a text')
    expect(message).not.toContain('12345')
  })
})

it('names every mistake at once', () => {
  const message = problemsOf({ MAX_PEERS: 'x', INTERVAL: 1, ALLOW_LIST: 'y', ALLOWED_ORIGINS: 'z' })
  for (const name of ['MAX_PEERS', 'INTERVAL', 'ALLOW_LIST', 'ALLOWED_ORIGINS']) expect(message).toContain(name)
})

it.each(['ALLOW_LIST', 'DENY_LIST', 'ALLOWED_ORIGINS', 'ADDRESS_HEADER', 'STUN_URLS', 'TURN_URLS'])(
  '%s must be a text, not a list',
  (name) => {
    expect(problemsOf({ [name]: ['ab'.repeat(20)] })).toContain(`${name} must be one text in quotes`)
  },
)

it.each([
  'https://APP.example.com',
  'https://app.example.com:443',
  'http://app.example.com:80',
  'https://app.example.com/',
])('an origin as no browser sends it is a mistake: %s', (origin) => {
  expect(problemsOf({ ALLOWED_ORIGINS: origin })).toContain(origin)
})

it.each(['https://app.example.com', 'http://localhost:3000', 'https://app.example.com:8443', 'http://[::1]:8080'])(
  'an origin as a browser sends it is taken: %s',
  (origin) => {
    expect([...parseSettings({ ALLOWED_ORIGINS: origin }).allowedOrigins]).toEqual([origin])
  },
)
