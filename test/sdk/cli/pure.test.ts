import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../../sdk/cli/arguments.ts'
import type { Command } from '../../../sdk/cli/command.ts'
import { nearest } from '../../../sdk/cli/nearest.ts'
import { type Note, Output } from '../../../sdk/cli/output.ts'
import { printable } from '../../../sdk/cli/printable.ts'
import { describeSources, type Progress, progressLine, progressText } from '../../../sdk/cli/progress.ts'
import { Rate } from '../../../sdk/cli/rate.ts'
import { formatDuration, formatSize, parseDuration, parseSize } from '../../../sdk/cli/units.ts'

describe('sizes and times', () => {
  it.each([
    ['1B', 1],
    ['1.5MB', 1_500_000],
    ['1.5 MB', 1_500_000],
    ['500kb', 500_000],
    ['64KiB', 65_536],
    ['2GiB', 2 ** 31],
    ['1TB', 1e12],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  it.each(['', '1', 'MB', '-1MB', '1e3MB', '0MB', '0.0000001B', '1.MB', '1 000MB', '1MBs', '1constructor', ' 1MB'])(
    '%j is no size',
    (text) => {
      expect(parseSize(text)).toBeNull()
    },
  )

  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['90d', 90 * 86_400_000],
    ['2w', 14 * 86_400_000],
    ['1y', 365 * 86_400_000],
  ])('%s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  it.each(['', '90', 'd', '-1d', '0d', '1MB', '1D'])('%j is no time', (text) => {
    expect(parseDuration(text)).toBeNull()
  })

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_500, '1.0 MB'],
    [34_200_000, '34.2 MB'],
    [5e18, '5000 PB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text)
  })

  it.each([
    [0, '0 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [61_000, '1 min 1 s'],
    [7_500_000, '2 h 5 min'],
    [50 * 3_600_000, '2 days 2 h'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text)
  })
})

describe('what was probably meant', () => {
  const names = ['publish', 'get', 'seed', 'keys', 'inspect', 'search', 'stats', 'dev']

  it.each([
    ['pubish', 'publish'],
    ['pub', 'publish'],
    ['serach', 'search'],
    ['key', 'keys'],
    ['stat', 'stats'],
    ['sed', 'seed'],
    ['download', null],
    ['x', null],
    ['', null],
  ])('%j: %s', (text, name) => {
    expect(nearest(text, names)).toBe(name)
  })
})

const command: Command = {
  name: 'try',
  says: '',
  takes: '<one> [<two>]',
  words: [1, 2],
  explains: [],
  options: { tag: { value: 'WORD', isMany: true, says: '' }, limit: { value: 'SIZE', says: '' }, fast: { says: '' } },
  examples: [],
  run: () => Promise.resolve(),
}

describe('arguments', () => {
  it('are words and options in any order', () => {
    const given = parseArguments(command, ['a', '--tag', 'x', '--fast', 'b', '--tag=--y', '--limit=-'])
    expect(given.words).toEqual(['a', 'b'])
    expect(given.getAll('tag')).toEqual(['x', '--y'])
    expect([given.has('fast'), given.has('json'), given.get('limit'), given.get('tracker')]).toEqual([
      true,
      false,
      '-',
      undefined,
    ])
  })

  it('are words only after --', () => {
    expect(parseArguments(command, ['--', '--tag', '-x']).words).toEqual(['--tag', '-x'])
  })

  it.each([
    [[], 'Something is missing: edgeswarm try <one> [<two>]'],
    [['a', 'b', 'c'], '"c" is too much: edgeswarm try <one> [<two>]'],
    [['a', '--fats'], 'There is no option --fats. Did you mean --fast?'],
    [['a', '--nonsense'], 'There is no option --nonsense.'],
    [['a', '--constructor'], 'There is no option --constructor.'],
    [['a', '-q'], 'There is no option -q.'],
    [['a', '--fast=yes'], '--fast takes no value.'],
    [['a', '--limit'], '--limit needs a value: --limit SIZE'],
    [['a', '--limit', '--fast'], '--limit needs a value: --limit SIZE'],
    [['a', '--limit='], '--limit needs a value: --limit SIZE'],
    [['a', '--limit', '1B', '--limit', '2B'], '--limit may be given once.'],
  ])('%j are refused in a sentence', (parameters, sentence) => {
    expect(() => parseArguments(command, parameters)).toThrow(
      expect.objectContaining({ name: 'UsageError', message: sentence }) as Error,
    )
  })

  it('need not be complete for help', () => {
    expect(parseArguments(command, ['-h']).has('help')).toBe(true)
  })
})

const progress: Progress = {
  title: 'app 1.4.0',
  bytes: 12_500_000,
  total: 50_000_000,
  rate: 2_500_000,
  sources: { fromPeers: 10_000_000, fromOrigin: 2_500_000, fromDisk: 0 },
  details: ['3 peers'],
}

describe('progress', () => {
  it('is a line of a terminal', () => {
    expect(progressLine(progress, 200)).toBe(
      'app 1.4.0  ██░░░░░░░░ 25 %  2.5 MB/s  80 % peers  20 % origins  15 s left  12.5 MB of 50.0 MB  3 peers',
    )
  })

  it('leaves out what matters less, and is never wider than the terminal', () => {
    expect(progressLine(progress, 80)).toBe('app 1.4.0  ██░░░░░░░░ 25 %  2.5 MB/s  80 % peers  20 % origins  15 s left')
    fc.assert(
      fc.property(fc.nat(300), fc.string(), (columns, title) => {
        expect(progressLine({ ...progress, title }, columns).length).toBeLessThanOrEqual(Math.max(0, columns - 1))
      }),
    )
  })

  it('is a sentence in a log', () => {
    expect(progressText(progress)).toBe(
      'app 1.4.0: 25 %, 12.5 MB of 50.0 MB, 2.5 MB/s, 80 % from peers, 20 % from origins, 15 s left, 3 peers',
    )
  })

  it('says 100 % only when nothing is missing, and no time if nothing moves', () => {
    expect(progressText({ ...progress, bytes: 49_999_999, rate: 0 })).toMatch(
      /: 99 %, 50\.0 MB of 50\.0 MB, 0 B\/s, 80 % from peers, 20 % from origins, 3 peers$/,
    )
    expect(progressText({ ...progress, bytes: 0, total: 0, rate: null })).toMatch(
      /: 100 %, 0 B of 0 B, 80 % from peers/,
    )
  })

  it('tells where bytes came from', () => {
    expect(describeSources({ fromPeers: 0, fromOrigin: 0, fromDisk: 0 })).toEqual([])
    expect(describeSources({ fromPeers: 2, fromOrigin: 0, fromDisk: 1 })).toEqual([
      '67 % from peers',
      '33 % from this disk',
    ])
  })
})

it('a rate is that of the last seconds', () => {
  const rate = new Rate()
  expect(rate.mark(0, 1000)).toBeNull()
  expect(rate.mark(100, 1100)).toBeNull()
  expect(rate.mark(1000, 2000)).toBe(1000)
  for (let second = 3; second <= 20; second++) rate.mark(1000, 1000 * second)
  expect(rate.mark(1000, 21_000)).toBe(0)
})

it('a terminal is given nothing to obey', () => {
  expect(printable('a\u001b[2Jb\rc\u202ed\u0007\nä é 語')).toBe('a\uFFFD[2Jb\uFFFDc\uFFFDd\uFFFD\nä é 語')
})

describe('output', () => {
  const note: Note = { type: 'note', bytes: 1 }

  function setUp({ isTTY = false, isJson = false } = {}) {
    const written = { out: '', error: '' }
    let now = 0
    const stream = (name: 'out' | 'error') => ({ isTTY, columns: 60, write: (text: string) => (written[name] += text) })
    const output = new Output(stream('out'), stream('error'), isJson, () => now)
    return { written, output, wait: (milliseconds: number) => (now += milliseconds) }
  }

  it('has results on standard output, and all else on standard error', () => {
    const { written, output } = setUp()
    output.result('the link', note)
    output.say('by the way', note)
    output.problem('no answer')
    output.failure('it failed', note)
    expect(written).toEqual({ out: 'the link\n', error: 'by the way\nno answer\nit failed\n' })
  })

  it('is one object a line for programs, and the reason of a failure for people too', () => {
    const { written, output } = setUp({ isJson: true, isTTY: true })
    output.result('the link', note)
    output.progress(progress, note)
    output.status('sharing', note)
    output.problem('no answer')
    output.failure('it failed', { type: 'error' })
    const types = written.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as Note).type)
    expect(types).toEqual(['note', 'note', 'problem', 'error'])
    expect(written.error).toBe('it failed\n')
  })

  it('rewrites one line of a terminal, and takes it away before it says anything else', () => {
    const { written, output, wait } = setUp({ isTTY: true })
    output.progress(progress, note)
    output.progress(progress, note)
    wait(100)
    output.progress({ ...progress, bytes: progress.total }, note)
    output.say('done', note)
    output.close()
    const clear = '\r\u001b[2K'
    const [first = '', second = '', last, ...more] = written.error.split(clear).slice(1)
    expect(first).toMatch(/ 25 % /)
    expect(second).toMatch(/ 100 % /)
    expect(last).toBe('done\n')
    expect(more).toEqual([])
  })

  it('is a line now and then where nothing can be rewritten, and tells nothing of what has no end', () => {
    const { written, output, wait } = setUp()
    output.progress(progress, note)
    wait(4999)
    output.progress(progress, note)
    wait(1)
    output.progress({ ...progress, bytes: 0 }, note)
    output.status('sharing', note)
    expect(written.error.match(/: (?:25|0) %/g)).toEqual([': 25 %', ': 0 %'])
    expect(written.error).not.toContain('sharing')
  })
})
